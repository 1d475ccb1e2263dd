/** Writes docs/bundle-sizes.md from the build: npm run build && npx tsx scripts/bundle-sizes.ts */
import { writeFileSync } from 'node:fs'
import { bundleSizesPage, measureEntries, measureOnDemand } from './bundle-sizes-table'

writeFileSync('docs/bundle-sizes.md', bundleSizesPage(await measureEntries(), measureOnDemand()))
