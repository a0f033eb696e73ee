// kindred tune and kindred predict, task by task, on texts with a clear rule.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { MaskedLanguageModel, SentenceEncoder, TextClassifier, TokenClassifier } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { readSafetensors } from '#lib/data/storage/safetensors.js'
import { readColumns } from '#lib/data/tables/read-columns.js'
import { json, kindred, workFolder } from './run.js'

const folder = 'test/fixtures/tiny-bert'
const { path, write } = workFolder()

const nouns = ['man', 'woman', 'boy', 'girl', 'dog', 'king', 'queen', 'robot', 'doctor', 'friend']
const good = ['love', 'comedy', 'young', 'toy', 'family']
const bad = ['death', 'war', 'murder', 'police', 'secret']
const random = createRandom(5)
const pick = (words: readonly string[]) => words[random.integer(words.length)]!
const rows = Array.from({ length: 120 }, (_, n) => {
  const words = n % 2 ? good : bad
  const text = ['the', pick(nouns), 'and', 'his', pick(words), 'of', pick(words)].join(' ')
  return { text, label: n % 2 ? 'good' : 'bad', number: n % 2 ? 5 : 0, other: '' }
})
for (const [n, row] of rows.entries()) row.other = rows[(n * 7 + (n % 3)) % rows.length]!.text
const same = rows.map(({ label, other }) => (rows.find(({ text }) => text === other)!.label === label ? 5 : 0))
const tagsOf = (text: string) => text.split(' ').map((word) => (nouns.includes(word) ? 'B-WHO' : 'O'))

const tsv = write(
  'texts.tsv',
  `id\ttext\tlabel\n${rows.map(({ text, label }, n) => `${n}\t${text}\t${label}`).join('\n')}\n`,
)
const jsonl = write(
  'texts.jsonl',
  rows
    .map(({ text, number, other }, n) => {
      const genres = [...new Set(text.split(' ').filter((word) => ['love', 'war', 'toy'].includes(word)))]
      return `${JSON.stringify({ id: n, text, number, other, same: same[n], genres, words: text.split(' '), tags: tagsOf(text) })}\n`
    })
    .join(''),
)
const conll = write(
  'tags.txt',
  rows
    .map(({ text }) =>
      tagsOf(text)
        .map((tag, n) => `${text.split(' ')[n]} ${tag}\n`)
        .join(''),
    )
    .join('\n'),
)
const lines = write('lines.txt', `${rows.map(({ text }) => text).join('\n\n')}\n`)

interface Epoch {
  loss: number
  validation: Readonly<Record<string, number>>
}

const quick = ['--epochs', 4, '--batch-size', 8, '--learning-rate', '5e-3', '--seed', 3]
const tune = (task: string, train: string, out: string, ...more: (string | number)[]) =>
  json(['tune', '--task', task, '--encoder', folder, '--train', train, '--out', path(out), ...quick, ...more])

/** Rows of a JSONL file. */
const rowsOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('classify', () => {
  it('trains, judges and saves a classifier; predict writes what it says', async () => {
    const result = await tune('classify', tsv, 'classes', '--validation', tsv, '--test', tsv)
    expect(result).toMatchObject({ task: 'classify', texts: 120, dropped: 0, out: path('classes') })
    expect(result.epochs).toHaveLength(4)
    expect(result.epochs[3].loss).toBeLessThan(result.epochs[0].loss)
    expect(result.test.accuracy).toBe(Math.max(...result.epochs.map((one: Epoch) => one.validation.accuracy)))
    expect(result.test.accuracy).toBeGreaterThan(0.95)
    const model = await TextClassifier.load(path('classes'))
    expect(model.labels).toEqual(['bad', 'good'])
    const own = await model.predict(rows.map(({ text }) => text))

    for (const name of ['labels.jsonl', 'labels.csv', 'labels.parquet']) {
      const { texts } = await json([
        ...['predict', '--model', path('classes'), '--input', tsv, '--keep', 'id', '--scores'],
        ...['--output', path(name)],
      ])
      expect(texts).toBe(120)
      const { columns } = await readColumns(path(name), ['id', 'label', 'score', 'score_bad', 'score_good'])
      expect(columns.get('id')!.map(Number)).toEqual(rows.map((_, n) => n))
      expect(columns.get('label')).toEqual(own.map(({ label }) => label))
      for (const [n, { scores }] of own.entries()) {
        expect(Number(columns.get('score_good')![n])).toBeCloseTo(scores[1]!, 5)
        expect(Number(columns.get('score')![n])).toBeCloseTo(Math.max(...scores), 5)
      }
    }
  })

  it('takes the labels in the order that is given, and freezes weights', async () => {
    await tune('classify', tsv, 'ordered', '--labels', 'good,bad', '--freeze', 'embeddings.,encoder.', '--epochs', 1)
    expect((await TextClassifier.load(path('ordered'))).labels).toEqual(['good', 'bad'])
    const [from, to] = await Promise.all(
      [folder, path('ordered')].map((one) => readSafetensors(`${one}/model.safetensors`)),
    )
    const changed = [...from!.tensors.keys()].filter(
      (name) =>
        !Buffer.from(from!.tensors.get(name)!.data.buffer).equals(Buffer.from(to!.tensors.get(name)!.data.buffer)),
    )
    const head = ['pooler.dense.bias', 'pooler.dense.weight'].map((name) => `bert.${name}`)
    expect(changed.sort()).toEqual([...head, 'classifier.bias', 'classifier.weight'])
  })

  it('trains an adapter, and goes on from a checkpoint; a page shows the training', async () => {
    const flags = ['--adapter', 'lora', '--rank', 2, '--checkpoint', path('checkpoint'), '--validation', tsv] as const
    const first = await tune('classify', tsv, 'adapted', ...flags)
    expect(readFileSync(`${path('adapted')}/training.html`, 'utf8')).toMatch(/<svg/)
    expect((await TextClassifier.load(path('adapted'))).labels).toEqual(['bad', 'good'])
    const again = await tune('classify', tsv, 'adapted-again', ...flags)
    const losses = ({ epochs }: { epochs: Epoch[] }) => epochs.map(({ loss }) => loss)
    expect(losses(again)).toEqual(losses(first))
    const [a, b] = ['adapted', 'adapted-again'].map((name) => readFileSync(`${path(name)}/model.safetensors`))
    expect(a!.equals(b!)).toBe(true)
  })

  it('pools by attention; R-Drop needs dropout, which this encoder has not', async () => {
    const pooling = ['--pooling', 'attention', '--pooling-heads', 2] as const
    const { test } = await tune('classify', tsv, 'attentive', ...pooling, '--test', tsv)
    expect(test.accuracy).toBeGreaterThan(0.95)
    await expect(tune('classify', tsv, 'twice', '--rdrop', 1)).rejects.toThrow(/rdrop: expected a model with dropout/)
    const model = await TextClassifier.load(path('attentive'))
    expect(model.pooling).toBe('attention')
    const { texts } = await json(['predict', '--model', path('attentive'), '--input', tsv, '--output', path('att.csv')])
    expect(texts).toBe(120)
    const as = ['predict', '--model', path('attentive'), '--input', tsv, '--output', path('att.csv')]
    expect(await kindred([...as, '--task', 'rank'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a model of the task classify'),
    })
  })

  it('learns several labels, and numbers', async () => {
    const several = await tune(
      ...(['classify', jsonl, 'genres', '--problem-type', 'multi-label', '--label', 'genres'] as const),
      ...(['--validation', jsonl, '--epochs', 12] as const),
    )
    expect(Math.max(...several.epochs.map((one: Epoch) => one.validation.microF1))).toBeGreaterThan(0.8)
    const shared = ['predict', '--model', path('genres'), '--input', jsonl, '--threshold', 0, '--keep', 'id']
    await json([...shared, '--output', path('genres.jsonl')])
    await json([...shared, '--output', path('genres.csv')])
    const [first] = rowsOf(path('genres.jsonl'))
    expect([...first.labels].sort()).toEqual(['love', 'toy', 'war'])
    expect(readFileSync(path('genres.csv'), 'utf8').split('\n')[1]).toBe(`0,${first.labels.join(';')}`)

    const numbers = await tune(
      ...(['classify', jsonl, 'numbers', '--problem-type', 'regression', '--label', 'number'] as const),
      ...(['--scale', 5, '--test', jsonl, '--epochs', 8] as const),
    )
    expect(numbers.test.mse).toBeLessThan(0.1)
    await json(['predict', '--model', path('numbers'), '--input', jsonl, '--output', path('numbers.jsonl')])
    const predicted = rowsOf(path('numbers.jsonl'))
    expect(Object.keys(predicted[0])).toEqual(['text', 'score'])
    expect(predicted.filter(({ score }, n) => score > 0.5 === rows[n]!.number > 0).length).toBeGreaterThan(110)
    // Another head of one number on it, which its config.json tells apart.
    const pairs = ['--second', 'other', '--label', 'same', '--scale', 5, '--epochs', 1]
    await json([
      'tune',
      '--task',
      'rank',
      '--encoder',
      path('numbers'),
      '--train',
      jsonl,
      '--out',
      path('on'),
      ...pairs,
    ])
    const again = ['--model', path('on'), '--input', jsonl, '--second', 'other', '--output', path('on.csv')]
    expect(await json(['predict', ...again])).toMatchObject({ task: 'rank', texts: 120 })
  })

  it('learns from a teacher', async () => {
    const epoch = ['--epochs', 1]
    const teach = (name: string) => ['--teacher', path(name), '--soft-weight', 2]
    await tune('classify', tsv, 'teacher', ...epoch)
    const flags = [...teach('teacher'), '--hard-weight', 0.1, '--distill-temperature', 3]
    expect(await tune('classify', tsv, 'student', ...flags, '--test', tsv)).toMatchObject({ texts: 120 })
    await tune('tag', conll, 'teacher-tags', ...epoch)
    await tune('tag', conll, 'student-tags', ...epoch, ...teach('teacher-tags'), '--state-weight', 1)
    await tune('encode', lines, 'teacher-vectors', ...epoch)
    await tune('encode', lines, 'student-vectors', ...epoch, ...teach('teacher-vectors'))
    const pairs = ['--second', 'other', '--label', 'same', '--scale', 5, ...epoch]
    await tune('rank', jsonl, 'teacher-pairs', ...pairs)
    await tune('rank', jsonl, 'student-pairs', ...pairs, ...teach('teacher-pairs'))
    const other = ['--labels', 'good,bad', ...teach('teacher')]
    await expect(tune('classify', tsv, 'none', ...other)).rejects.toThrow(/--teacher: .* has the labels bad, good/)
    for (const [task, file, more, message] of [
      ['classify', tsv, ['--soft-weight', 1], /--soft-weight: of --teacher/],
      ['mlm', lines, teach('teacher'), /--teacher: of --task classify/],
      ['encode', lines, [...teach('teacher-vectors'), '--hard-weight', 1], /--hard-weight: not of --task encode/],
      ['classify', tsv, [...teach('teacher'), '--states', 'cosine'], /--states: of --state-weight/],
      ['tag', conll, [...teach('teacher-tags'), '--crf'], /--teacher: not with --crf/],
    ] as const)
      await expect(tune(task, file, 'none', ...more)).rejects.toThrow(message)
  }, 240_000)

  it('prints a report for people', async () => {
    const { code, stdout, stderr } = await kindred([
      ...['tune', '--task', 'classify', '--encoder', folder, '--train', tsv, '--validation', tsv],
      ...['--out', path('printed'), ...quick],
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^epoch 1 {2}loss \d\.\d{3} {2}validation: accuracy \d\.\d{4}, macro F1 \d\.\d{4}$/m)
    expect(stdout).toMatch(/^bad +\d\.\d{3} +\d\.\d{3} +\d\.\d{3} +60$/m)
    expect(stdout).toMatch(`model and training.html in ${path('printed')}`)
  })
})

describe('tag', () => {
  it('reads CoNLL and tables alike, and writes both', async () => {
    const byLine = await tune('tag', conll, 'tagger', '--test', conll, '--onnx', 'fp32,int8')
    for (const file of ['model.onnx', 'model_int8.onnx'])
      expect(readFileSync(`${path('tagger')}-onnx/onnx/${file}`).length).toBeGreaterThan(1000)
    const byRow = await tune('tag', jsonl, 'tagger-rows', '--text', 'words', '--label', 'tags', '--test', jsonl)
    expect(byLine.test.f1).toBeGreaterThan(0.9)
    expect(byRow.epochs.map(({ loss }: Epoch) => loss)).toEqual(byLine.epochs.map(({ loss }: Epoch) => loss))
    await json(['predict', '--model', path('tagger'), '--input', conll, '--output', path('out.conll')])
    await json(['predict', '--model', path('tagger'), '--input', jsonl, '--text', 'words', '--output', path('out.csv')])
    await json(['predict', '--model', path('tagger'), '--input', tsv, '--keep', 'id', '--output', path('out.jsonl')])
    const model = await TokenClassifier.load(path('tagger'))
    const words = rows.map(({ text }) => text.split(' '))
    const tags = await model.predict(words)
    expect(readFileSync(path('out.conll'), 'utf8')).toBe(
      words.map((own, n) => `${own.map((word, i) => `${word} ${tags[n]![i]}\n`).join('')}\n`).join(''),
    )
    expect(readFileSync(path('out.csv'), 'utf8').split('\n')[1]).toBe(`${words[0]!.join(' ')},${tags[0]!.join(' ')}`)
    expect(rowsOf(path('out.jsonl'))[7]).toEqual({ id: '7', words: words[7], tags: tags[7] })

    const refused = (...args: string[]) => kindred(['predict', '--model', path('tagger'), ...args])
    for (const [args, reason] of [
      [['--input', conll, '--output', path('x.csv'), '--keep', 'id'], '--keep: of tables'],
      [['--input', conll, '--output', path('x.csv'), '--text', 'id'], '--text: of tables'],
      [['--input', tsv, '--output', path('x.conll'), '--keep', 'id'], '--keep: '],
      [['--input', tsv, '--output', path('x.csv'), '--task', 'mlm'], 'a model of the task tag, and of encode'],
    ] as const)
      expect(await refused(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) })
  })

  it('refuses a sentence with another number of tags than words', async () => {
    const file = write('odd.csv', 'text,label\na b,O O\na b c,O O\n')
    const { code, stderr } = await kindred([
      'tune',
      '--task',
      'tag',
      '--encoder',
      folder,
      '--train',
      file,
      '--out',
      path('odd'),
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/column "label", row 2: expected a tag of each word of "text", which has 3, but found 2/)
  })
})

describe('tags that are chosen together', () => {
  it('are what --crf trains', async () => {
    const { test } = await tune('tag', conll, 'crf', '--crf', '--test', conll, '--epochs', 8)
    expect(test.f1).toBeGreaterThan(0.9)
    expect((await TokenClassifier.load(path('crf'))).crf).toBe(true)
  })

  it('are refused where they cannot be', async () => {
    const from = ['tune', '--encoder', folder, '--out', path('none')]
    for (const [args, reason] of [
      [['--task', 'tag', '--train', conll, '--crf', '--onnx', 'fp32'], '--onnx: not with --crf'],
      [['--task', 'classify', '--train', tsv, '--crf'], '--crf: of --task tag'],
      [['--task', 'encode', '--train', jsonl, '--rdrop', '1'], '--rdrop: of --task classify, tag'],
      [['--task', 'classify', '--train', tsv, '--pooling-heads', '2'], '--pooling-heads: of --pooling attention'],
    ] as const)
      expect(await kindred([...from, ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) })
  })
})

describe('pairs and texts', () => {
  it('rank', async () => {
    const pairs = ['--text', 'text', '--second', 'other'] as const
    const result = await tune('rank', jsonl, 'ranker', ...pairs, '--label', 'same', '--scale', 5, '--validation', jsonl)
    expect(result.epochs[3].loss).toBeLessThan(result.epochs[0].loss)
    expect(Number.isFinite(result.epochs[3].validation.spearman)).toBe(true)
    await json(['predict', '--model', path('ranker'), '--input', jsonl, ...pairs, '--output', path('ranked.jsonl')])
    const ranked = rowsOf(path('ranked.jsonl'))
    expect(Object.keys(ranked[0])).toEqual(['text', 'other', 'score'])
    expect(ranked.every(({ score }) => score >= 0 && score <= 1)).toBe(true)
    const alone = await kindred(['predict', '--model', path('ranker'), '--input', jsonl, '--output', path('x.csv')])
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('expected --second') })
  })

  it('encode: by scores, by pairs, by texts alone', async () => {
    const scored = ['--second', 'other', '--label', 'same', '--scale', 5] as const
    const cosine = await tune('encode', jsonl, 'encoder', ...scored, '--validation', jsonl, '--pooling', 'cls')
    expect(cosine.epochs[3].loss).toBeLessThan(cosine.epochs[0].loss)
    await json([
      'predict',
      '--model',
      path('encoder'),
      '--input',
      jsonl,
      '--output',
      path('vectors.jsonl'),
      '--keep',
      '',
    ])
    const own = await (await SentenceEncoder.load(path('encoder'))).embed([rows[0]!.text])
    expect(rowsOf(path('vectors.jsonl'))[0]).toEqual({ vector: [...own.row(0)] })
    const pairs = await tune('encode', jsonl, 'encoder-pairs', '--second', 'other', '--temperature', 0.1)
    expect(pairs.texts).toBe(120)
    const alone = await tune('encode', lines, 'encoder-texts', '--epochs', 1)
    expect(alone.texts).toBe(120)
  })

  it('mlm: of lines, then fills masks', async () => {
    const result = await tune('mlm', lines, 'language', '--validation', tsv, '--onnx', 'fp32,int8')
    expect(result.epochs[3].validation.loss).toBeLessThan(result.epochs[0].validation.loss)
    for (const file of ['model.onnx', 'model_int8.onnx'])
      expect(readFileSync(`${path('language')}-onnx/onnx/${file}`).length).toBeGreaterThan(1000)
    const masks = write('masks.txt', 'the [MASK] and his love of [MASK]\n')
    await json(['predict', '--model', path('language'), '--input', masks, '--k', 3, '--output', path('filled.jsonl')])
    const [row] = rowsOf(path('filled.jsonl'))
    const [given] = await (await MaskedLanguageModel.load(path('language'))).fill([row.text], { k: 3 })
    expect(given).toHaveLength(2)
    expect(row).toEqual({
      text: 'the [MASK] and his love of [MASK]',
      filled: `the ${given![0]![0]!.text} and his love of ${given![1]![0]!.text}`,
      tokens: given![0]!.map(({ text }) => text),
      scores: given![0]!.map(({ score }) => score),
    })
    await json(['predict', '--model', path('language'), '--input', masks, '--keep', '', '--output', path('bare.jsonl')])
    expect(Object.keys(rowsOf(path('bare.jsonl'))[0])).toEqual(['filled', 'tokens', 'scores'])
    const late = write('late.txt', `${'the [MASK]\n'.repeat(600)}the sea\n`)
    const ran = await kindred(['predict', '--model', path('language'), '--input', late, '--output', path('late.jsonl')])
    expect(ran.stderr).toMatch('late.txt: text 601: expected a text with [MASK] in it but found "the sea"')
  })
})

describe('what is wrong is said', () => {
  const train = (...more: string[]) => [
    'tune',
    '--task',
    'classify',
    '--encoder',
    folder,
    '--out',
    path('none'),
    ...more,
  ]
  it.each<[string[], string, RegExp]>([
    [
      train('--train', tsv, '--text', 'txt'),
      'ERR_COLUMN',
      /no column "txt".*has: "id", "text", "label"\. Did you mean "text"\?/,
    ],
    [train('--train', jsonl), 'ERR_COLUMN', /no column "label".*"genres"/],
    [train('--train', path('nowhere.csv')), 'ERR_IO', /nowhere/],
    [
      train('--train', tsv, '--labels', 'good,fine'),
      'ERR_VALUE',
      /labels\[0\]: expected one of "good", "fine" but received "bad"/,
    ],
    [
      train('--train', tsv, '--problem-type', 'regression'),
      'ERR_DATA',
      /column "label", row 1: expected a number but found "bad"/,
    ],
    [train('--train', write('one.csv', 'text,label\na,x\nb,x\nc,\n')), 'ERR_DATA', /at least two kinds but found "x"/],
    [train('--train', write('no.csv', 'text,label\na,\n,x\n')), 'ERR_DATA', /no row of 2 has "text" and "label"/],
    [train('--train', tsv, '--learning-rate', '-1'), 'ERR_VALUE', /learningRate/],
    [
      ['predict', '--model', folder, '--input', tsv, '--text', 'title', '--output', path('x.csv')],
      'ERR_COLUMN',
      /"title"/,
    ],
    [['predict', '--model', path('nowhere'), '--input', tsv, '--output', path('x.csv')], 'ERR_ENCODER', /kindred tune/],
  ])('kindred %j', async (args, code, reason) => {
    const ran = await kindred([...args, '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(1)
    const { error } = JSON.parse(ran.stdout)
    expect(error.message).toMatch(reason)
    expect(error.code).toBe(code)
  })

  it('weights to freeze that there are none of', async () => {
    const ran = await kindred(train('--train', tsv, '--freeze', 'embeddings.,bert.encoder.'))
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no weight\'s name begins with "bert.encoder."'),
    })
    expect(ran.stderr).toMatch('embeddings., encoder.layer.0., encoder.layer.1., pooler., classifier.')
  })

  it('scores out of their range, with the row and what helps', async () => {
    const pairs = ['--second', 'other', '--label', 'same', '--train', jsonl, '--out', path('none')]
    for (const [task, least, scale] of [
      ['rank', 0, []],
      ['encode', -1, ['--scale', 2]],
    ] as const) {
      const ran = await kindred(['tune', '--task', task, '--encoder', folder, ...pairs, ...scale])
      const found = scale.length > 0 ? '2.5 (divided by 2)' : '5'
      expect(ran.code).toBe(1)
      expect(ran.stderr).toMatch(
        `texts.jsonl: column "same", row ${same.indexOf(5) + 1}: expected a score from ${least} to 1 but found ${found}. Divide them all with --scale. [ERR_DATA]`,
      )
    }
  })

  it('before it trains: a folder that holds something else, or is none', async () => {
    mkdirSync(path('full'))
    writeFileSync(`${path('full')}/notes.txt`, 'mine')
    mkdirSync(path('half-onnx'))
    writeFileSync(`${path('half-onnx')}/notes.txt`, 'mine')
    const long = [...train('--train', tsv), '--epochs', '1000000']
    for (const [more, reason] of [
      [['--out', path('full')], /full: holds something other/],
      [['--out', path('half'), '--onnx', 'fp32'], /half-onnx: holds something other/],
      [['--out', tsv], /texts\.tsv: not a folder/],
      [['--out', `${tsv}/below`], /below: not a folder/],
    ] as const) {
      const ran = await kindred([...long, ...more])
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(reason) })
    }
  })

  it('counts rows without a label', async () => {
    const file = write('gaps.csv', 'text,label\na dog,x\nthe man,\na king,y\nthe sea,x\n')
    expect(await tune('classify', file, 'gaps')).toMatchObject({ texts: 3, dropped: 1 })
  })
})
