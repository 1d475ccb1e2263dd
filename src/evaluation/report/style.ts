/** The style of a report's page, for light and dark screens and for print. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5a6577; --paper: #fcfcfd; --card: #fff; --line: #dfe3ea; --accent: #2f5fd0; --wrong: #c2571a;
  --s0: #2f5fd0; --s1: #c2571a; --s2: #26805a; --s3: #8a3fb0; --s4: #a37500; --s5: #b02a5b }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #a3adbd; --paper: #14181f; --card: #1b2029; --line: #323a47; --accent: #7fa5ff; --wrong: #ff9a5c;
  --s0: #7fa5ff; --s1: #ff9a5c; --s2: #63c99a; --s3: #cc8df0; --s4: #e0b84a; --s5: #ff86ae } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.3rem; margin: 2.5rem 0 0 } h3 { font-size: 1.05rem; margin: 0; display: inline }
h4 { font-size: .95rem; margin: 0 0 .5rem; color: var(--soft); font-weight: 600 }
header p, .about, .note { color: var(--soft); margin: .2rem 0 .8rem } .note { font-size: .85rem }
nav { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem } a { color: var(--accent) }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .4rem 0 .8rem }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
th, td { padding: .35rem .8rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
th:first-child { text-align: left; font-weight: 500; white-space: normal } thead th { color: var(--soft); font-weight: 600; font-size: .85rem }
tr.published { color: var(--soft); font-style: italic } .tag { font: 600 .7rem system-ui, sans-serif; border: 1px solid var(--line); border-radius: 99px; padding: .1rem .5rem; margin-left: .3rem }
section > details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; margin: .8rem 0 }
summary { cursor: pointer } .part { margin: 1.4rem 0 0 }
.problems { border-left: 3px solid var(--wrong); padding-left: .8rem; margin: .8rem 0 } .problems ul { font-size: .85rem; overflow-wrap: anywhere }
svg { max-width: 100%; height: auto; display: block } svg text { fill: var(--ink); font: 12px system-ui, sans-serif }
.grid { stroke: var(--line) } .track { fill: var(--line) } .bar { fill: var(--accent) }
.frame { fill: none; stroke: var(--line) } .right { fill: var(--accent) } .wrong { fill: var(--wrong) }
.line polyline, .line line { fill: none; stroke-width: 2.5 }
.s0 * { stroke: var(--s0) } .s1 * { stroke: var(--s1); stroke-dasharray: 7 4 } .s2 * { stroke: var(--s2); stroke-dasharray: 2 4 }
.s3 * { stroke: var(--s3) } .s4 * { stroke: var(--s4); stroke-dasharray: 7 4 } .s5 * { stroke: var(--s5); stroke-dasharray: 2 4 }
.line circle { fill: var(--card); stroke-dasharray: none; stroke-width: 2 }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 1rem }
figure { margin: 0; font-size: .8rem; line-height: 1.35 } figure img, .blank { width: 112px; height: 112px; border-radius: 8px; background: var(--line); display: block; margin-bottom: .3rem }
figcaption > * { display: block; overflow-wrap: anywhere } figcaption span, figcaption small { color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .85rem; margin: 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
@media print { body { background: none } }
`
