import type { Interval } from '../../evaluate/bootstrap.js'
import type { Listed, Study } from './study.js'

const range = ({ value, low, high }: Interval) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`

function lines(list: readonly Listed[], indent: string): string {
  return list.map(({ title, score }) => `${indent}${score.toFixed(2)}  ${title}`).join('\n')
}

/** A shelf cut to what fits on a line or two. */
function shelf(titles: readonly string[], most = 6): string {
  const shown = titles.slice(0, most).join('; ')
  return titles.length > most ? `${shown}; and ${titles.length - most} more` : shown
}

/** The study for a person to read. */
export function printStudy(study: Study): void {
  const { catalogue, log, training, metrics, gain, coldBooks, readers, newBook, similar } = study
  console.log(`
Read      ${catalogue.books} public-domain books: descriptions to ${catalogue.dims} dimensions in ${catalogue.seconds} s
Learned   from ${log.choices} choices of ${log.readers} readers (SYNTHETIC: simulated, see assets/classics/README.md)
          ${training.algorithm}, ${training.factors} factors, with a map from text to taste, in ${training.seconds} s

Each reader's last book was held out. Is it among the ten best of all books they have not read?
          hit rate at 10 (95% interval)  NDCG at 10
random    ${range(metrics.random['hitRate@10']).padEnd(29)}  ${range(metrics.random['ndcg@10'])}
popular   ${range(metrics.popularity['hitRate@10']).padEnd(29)}  ${range(metrics.popularity['ndcg@10'])}
kindred   ${range(metrics.als['hitRate@10']).padEnd(29)}  ${range(metrics.als['ndcg@10'])}
          kindred over popular, reader by reader: +${range(gain)}

${coldBooks.books} books were hidden from training altogether. Who reads them, by their text alone? Recall at 10:
          own description                ${range(coldBooks.byDescription)}
          descriptions shuffled          ${range(coldBooks.byShuffledDescriptions)}
          chance                         ${range(coldBooks.chance)}
`)
  for (const { reader, shelf: titles, recommended } of readers)
    console.log(`${reader} has read: ${shelf(titles)}\n  and may like\n${lines(recommended, '    ')}\n`)
  console.log(`A book that nobody has read: "${newBook.title}"
  ${newBook.text}
  reads like
${lines(newBook.reads, '    ')}
  and these readers should hear of it first`)
  for (const { reader, rank, shelf: titles } of newBook.readers)
    console.log(`    ${reader} (number ${rank} of what is new to them; has read ${shelf(titles, 4)})`)
  console.log(`\nSimilar to "${similar.title}"\n${lines(similar.items, '    ')}`)
  console.log('\nYour own: kindred quickstart --title "..." --text "...", then kindred embed and kindred train --help')
}
