// Names each guide by its first heading, where TypeDoc would show its file name.
import { Converter } from 'typedoc'

const HEADING = /^# (.+)\n+/

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    document.frontmatter.group = document.name.startsWith('docs/') ? 'Guides' : 'Project'
    const title = document.content[0]?.text.match(HEADING)?.[1]
    if (title === undefined) throw new Error(`${document.name}: expected a page that begins with a heading.`)
    document.name = title
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // The page has the project's name as its title already.
    project.readme[0].text = project.readme[0].text.replace(HEADING, '')
  })
}
