/** How the demo's page looks: light and dark, wide and narrow. */
export const style = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1b2430; --soft: #5b6675; --line: #dfe4ea;
  --accent: #2563c9; --good: #14804a; --bad: #b3261e; --track: #e8ecf1 }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --ink: #e8edf3; --soft: #9aa7b6;
  --line: #2c3541; --accent: #7db0ff; --good: #5fd08f; --bad: #ff8a80; --track: #2a323d } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { margin: 0; font-size: 2.2rem; letter-spacing: -.02em } h2 { margin: 3rem 0 .2rem; font-size: 1.5rem }
p { margin: .3rem 0 1rem; max-width: 68ch } .soft, figcaption { color: var(--soft) } .lede { font-size: 1.1rem }
.grid { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(min(var(--cell, 150px), 44%), 1fr)) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px; min-width: 0 }
.wide { margin-bottom: 14px }
.score b { display: block; font-size: 1.9rem; line-height: 1.2; color: var(--accent) }
img { display: block; width: 100%; border-radius: 8px } figure { margin: 0; min-width: 0 }
figcaption { font-size: .82rem; line-height: 1.35; margin-top: 6px; overflow-wrap: anywhere }
.named img { aspect-ratio: 1; object-fit: contain } .named p { margin: .5rem 0 .4rem; font-size: .85rem; line-height: 1.35 } .bar b { font-weight: 400; white-space: nowrap } .bar .yes { font-weight: 600 }
.bar { position: relative; height: 21px; margin-top: 3px; border-radius: 4px; background: var(--track); overflow: hidden; font-size: .75rem; line-height: 21px }
.bar i { position: absolute; inset: 0 auto 0 0; background: color-mix(in srgb, var(--accent) 38%, transparent) }
.bar span { position: relative; display: flex; justify-content: space-between; gap: 4px; padding: 0 6px }
.bar em { font-style: normal; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.yes { color: var(--good) } .no { color: var(--bad) }
.right img { outline: 4px solid var(--good); outline-offset: 2px }
blockquote { margin: 0 0 12px; padding-left: 12px; border-left: 3px solid var(--accent); max-width: 80ch }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-top: 10px; font-size: .85rem }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 3px; margin-right: 5px }
.scale { display: flex; align-items: center; gap: 8px; font-size: .85rem; margin-bottom: 12px }
.scale i { flex: 0 1 180px; height: 10px; border-radius: 5px }
table { border-collapse: collapse; width: 100% } td { padding: 4px 12px 4px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere }
footer { margin-top: 3rem; font-size: .82rem }
`
