/** The page's style sheet. */
export const STYLE = `:root { color-scheme: light dark; --page: #fff; --text: #1f2328; --soft: #57606a; --rule: #d0d7de }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --soft: #9da7b3; --rule: #30363d } }
body { margin: 2rem auto; max-width: 1100px; padding: 0 1rem; font: 15px system-ui, sans-serif; background: var(--page); color: var(--text) }
h1 { font-size: 1.4rem } h2 { font-size: 1rem } small { color: var(--soft); font-weight: 400 }
form { margin: 0.75rem 0 } input { font: inherit; padding: 0.25rem 0.5rem } button { font: inherit; cursor: pointer }
section { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 1.5rem } section[hidden] { display: none }
ol { padding-left: 1.5rem } li { border-bottom: 1px solid var(--rule); padding: 0.25rem 0; overflow-wrap: anywhere }
li button { background: none; border: 0; color: inherit; text-decoration: underline; padding: 0; text-align: left }
.score, .reason { color: var(--soft); font-size: 0.85rem; display: block }
#message { color: var(--soft); min-height: 1.2em }`
