// What stands around and between two texts, by the post-processor of tokenizer.json.
import { describe, expect, it } from 'vitest'
import { pairLayout, singleLayout } from '#lib/encode/tokenize/pair-layout.js'

const NOTHING = { ids: [], types: [] }
const cls = ['[CLS]', 2]
const sep = ['[SEP]', 3]
const template = (pair: unknown[]) => ({
  type: 'TemplateProcessing',
  pair,
  special_tokens: { '[CLS]': { ids: [2] }, '[SEP]': { ids: [3, 4] } },
})
const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } })
const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } })

describe('pairLayout', () => {
  it('lays two texts out as the reference implementation does', () => {
    const ofBert = {
      before: { ids: [2], types: [0] },
      between: { ids: [3], types: [0] },
      after: { ids: [3], types: [1] },
      types: [0, 1],
    }
    expect(pairLayout({ post_processor: { type: 'BertProcessing', cls, sep } })).toEqual(ofBert)
    const ofRoberta = {
      before: { ids: [2], types: [0] },
      between: { ids: [3, 3], types: [0, 0] },
      after: { ids: [3], types: [0] },
      types: [0, 0],
    }
    const roberta = { type: 'RobertaProcessing', cls, sep, trim_offsets: true, add_prefix_space: false }
    expect(pairLayout({ post_processor: roberta })).toEqual(ofRoberta)
    const bytes = { type: 'ByteLevel', trim_offsets: true }
    expect(pairLayout({ post_processor: { type: 'Sequence', processors: [bytes, roberta] } })).toEqual(ofRoberta)
    expect(
      pairLayout({
        post_processor: template([special('[CLS]', 0), text('A', 0), special('[SEP]', 0), text('B', 1)]),
      }),
    ).toEqual({
      before: { ids: [2], types: [0] },
      between: { ids: [3, 4], types: [0, 0] },
      after: NOTHING,
      types: [0, 1],
    })
    for (const none of [undefined, null, bytes, { type: 'Sequence', processors: [] }])
      expect(pairLayout({ post_processor: none })).toEqual({
        before: NOTHING,
        between: NOTHING,
        after: NOTHING,
        types: [0, 1],
      })
  })

  it('has nothing for what is no first text and a second one, or is malformed', () => {
    for (const post_processor of [
      template([text('B', 0), text('A', 1)]),
      template([text('A', 0)]),
      template([text('A', 0), text('B', 0), text('A', 0)]),
      template([text('A', 0), special('[UNKNOWN]', 0), text('B', 0)]),
      template([text('A', 0), {}, text('B', 0)]),
      template([text('A', 0), { Sequence: { id: 'B' } }]),
      { type: 'BertProcessing' },
      { type: 'BertProcessing', cls, sep: ['[SEP]', '3'] },
      { type: 'Other', cls, sep },
      { type: 'Sequence', processors: 5 },
      {
        type: 'Sequence',
        processors: [
          { type: 'BertProcessing', cls, sep },
          { type: 'BertProcessing', cls, sep },
        ],
      },
    ])
      expect(pairLayout({ post_processor }), JSON.stringify(post_processor)).toBeUndefined()
  })
})

describe('singleLayout', () => {
  const single = (items: unknown[]) => singleLayout({ post_processor: { ...template([]), single: items } })

  it('puts around one text what the reference implementation does', () => {
    expect(singleLayout({})).toEqual({ before: [], after: [] })
    for (const type of ['BertProcessing', 'RobertaProcessing'])
      expect(singleLayout({ post_processor: { type, cls, sep } })).toEqual({ before: [2], after: [3] })
    expect(single([special('[CLS]', 0), text('A', 0), special('[SEP]', 0)])).toEqual({ before: [2], after: [3, 4] })
    expect(single([text('A', 0)])).toEqual({ before: [], after: [] })
  })

  it('is undefined for what is malformed or of another kind', () => {
    const list = [
      {
        type: 'Sequence',
        processors: [
          { type: 'BertProcessing', cls, sep },
          { type: 'BertProcessing', cls, sep },
        ],
      },
      { type: 'BertProcessing' },
      { type: 'BertProcessing', cls, sep: ['[SEP]', 'three'] },
      { type: 'Something' },
    ]
    for (const post_processor of list) expect(singleLayout({ post_processor })).toBeUndefined()
    for (const items of [[], [text('A', 0), text('A', 0)], [text('B', 0)], [special('[NEW]', 0), text('A', 0)]])
      expect(single(items)).toBeUndefined()
  })
})
