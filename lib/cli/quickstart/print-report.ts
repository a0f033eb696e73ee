import type { Interval } from '../../evaluate/statistics/bootstrap.js'
import type { QuickstartReport, TitledItem } from './run-quickstart.js'

const interval = ({ value, low, high }: Interval) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`

function lines(list: readonly TitledItem[], indent: string): string {
  return list.map(({ title, score }) => `${indent}${score.toFixed(2)}  ${title}`).join('\n')
}

/** Titles cut to what fits on a line or two. */
function abridged(titles: readonly string[], most = 6): string {
  const shown = titles.slice(0, most).join('; ')
  return titles.length > most ? `${shown}; and ${titles.length - most} more` : shown
}

/** Prints the report as text. */
export function printReport(report: QuickstartReport): void {
  const { catalogue, log, training, metrics, gain, coldBooks, readers, newBook, similar } = report
  console.log(`
Embedded  the descriptions of ${catalogue.books} public-domain books in ${catalogue.dims} dimensions, in ${catalogue.seconds} s
Trained   on ${log.interactions} interactions of ${log.readers} readers (SYNTHETIC: simulated, see assets/classics/README.md)
          ${training.algorithm}, ${training.factors} factors, with a map from text features to factors, in ${training.seconds} s

Each reader's last book was held out. Is it among the ten best of all books they have not read?
          hit rate at 10 (95% interval)  NDCG at 10
random    ${interval(metrics.random['hitRate@10']).padEnd(29)}  ${interval(metrics.random['ndcg@10'])}
popular   ${interval(metrics.popularity['hitRate@10']).padEnd(29)}  ${interval(metrics.popularity['ndcg@10'])}
kindred   ${interval(metrics.als['hitRate@10']).padEnd(29)}  ${interval(metrics.als['ndcg@10'])}
          kindred minus popular, paired by reader: +${interval(gain)}

${coldBooks.books} books were held out of training altogether. Who reads them, by their text alone? Recall at 10:
          own description                ${interval(coldBooks.byDescription)}
          descriptions shuffled          ${interval(coldBooks.byShuffledDescriptions)}
          random                         ${interval(coldBooks.random)}
`)
  for (const { reader, read, recommended } of readers)
    console.log(`${reader} has read: ${abridged(read)}\n  recommended\n${lines(recommended, '    ')}\n`)
  console.log(`A new book without readers: "${newBook.title}"
  ${newBook.text}
  similar books
${lines(newBook.similar, '    ')}
  readers with the highest scores of it`)
  for (const { reader, score, read } of newBook.readers)
    console.log(`    ${score.toFixed(2)}  ${reader} (has read ${abridged(read, 4)})`)
  console.log(`\nSimilar to "${similar.title}"\n${lines(similar.items, '    ')}`)
  console.log('\nYour own: kindred quickstart --title "..." --text "...", then kindred embed and kindred train --help')
}
