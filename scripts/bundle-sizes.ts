/** Writes docs/bundle-sizes.md from the build: npm run build && npx tsx scripts/bundle-sizes.ts */
import { writeFileSync } from 'node:fs'
import { bundleSizesPage, measureEntries, measureNames, measureOnDemand, measurePages } from './bundle-sizes-table'

const pages = await measurePages()
const names = await measureNames()
const entries = await measureEntries()
writeFileSync('docs/bundle-sizes.md', bundleSizesPage({ pages, names, entries, onDemand: measureOnDemand() }))
