/** How strongly the cells of the heat map are coloured, of the share in their name. */
const HEAT = Array.from(
  { length: 11 },
  (_, level) => `.heat${level} { --strength: ${level === 10 ? 100 : 6 * level}% }`,
).join(' ')

/** The style of the page of a profile: light or dark as the reader has it, one column on a phone. */
export const PROFILE_STYLE = `:root { color-scheme: light dark; --page: #fff; --panel: #f6f8fa; --text: #1f2328; --muted: #59636e; --rule: #d0d7de
; --bar: #0b5ed7; --was: #c2410c; --good: #116329; --warn: #7d4e00; --bad: #b42318 }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --panel: #161b22; --text: #e6edf3; --muted: #9198a1; --rule: #30363d
; --bar: #6ea8fe; --was: #ff9d5c; --good: #4ac26b; --warn: #e3b341; --bad: #ff8182 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1240px; padding: 1.5rem 1rem 4rem; font: 15px/1.45 system-ui, sans-serif; background: var(--page); color: var(--text) }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere } h2 { font-size: 1.15rem; margin: 2.2rem 0 0.7rem } h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere }
p { margin: 0.3rem 0; overflow-wrap: anywhere } .muted, .axis, dt, .type { color: var(--muted) }
.totals { display: flex; flex-wrap: wrap; gap: 0.3rem 2rem; margin: 0.6rem 0 0; padding: 0; list-style: none } .totals b { font-size: 1.15rem }
.findings { margin: 0; padding: 0; list-style: none } .findings li { padding: 0.35rem 0; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr)); gap: 0.9rem; align-items: start }
.card { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: 0.8rem 0.9rem; min-width: 0 }
.card header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 0.8rem; align-items: baseline }
dl { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.3rem 0.8rem; margin: 0.55rem 0 }
dl div { min-width: 0 } dt { font-size: 0.8rem } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
figure { margin: 0.6rem 0 0 } .plot { display: block; width: 100%; height: 64px; border-bottom: 1px solid var(--rule) }
.bar { fill: var(--bar) } rect.was { fill: var(--was) }
.axis { display: flex; justify-content: space-between; gap: 0.6rem; font-size: 0.8rem; font-variant-numeric: tabular-nums }
.legend { white-space: nowrap } .legend i { display: inline-block; width: 0.7em; height: 0.7em; margin: 0 0.25em 0 0.5em; border-radius: 2px }
i.was { background: var(--was) } i.now { background: var(--bar) }
.values { list-style: none; margin: 0.6rem 0 0; padding: 0; font-size: 0.88rem }
.values li { display: grid; grid-template-columns: minmax(0, 1.3fr) minmax(3rem, 1fr) minmax(5.6rem, auto); gap: 0.5rem; align-items: center; padding: 0.1rem 0 }
.value { overflow: hidden; text-overflow: ellipsis; white-space: nowrap } .count { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.line { display: block; width: 100%; height: 0.6rem }
.badge { font-weight: 600; white-space: nowrap } .stable { color: var(--good) } .moderate { color: var(--warn) } .strong { color: var(--bad) }
.change { margin-top: 0.7rem; padding-top: 0.5rem; border-top: 1px dashed var(--rule) } .note { font-size: 0.85rem }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
.drift th, .drift td { padding: 0.3rem 1rem 0.3rem 0; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap }
.drift th:first-child, .drift td:first-child, .drift th:nth-child(2), .drift td:nth-child(2), .drift td:last-child, .drift th:last-child { text-align: left }
.heat { font-size: 0.78rem } .heat td, .heat th { padding: 0; font-weight: 400 }
.heat tbody td { width: 2.7rem; min-width: 2.3rem; height: 1.75rem; text-align: center; border: 1px solid var(--page) }
.heat tbody th { text-align: right; padding-right: 0.5rem; white-space: nowrap; position: sticky; left: 0; background: var(--page) }
.heat thead th { vertical-align: bottom } .heat thead span { writing-mode: vertical-rl; transform: rotate(180deg); padding-top: 0.4rem; white-space: nowrap }
.plus { background: color-mix(in srgb, #0b5ed7 var(--strength), var(--page)) } .minus { background: color-mix(in srgb, #c2410c var(--strength), var(--page)) }
.heat10 { color: #fff } .none { color: var(--muted) }
${HEAT}`
