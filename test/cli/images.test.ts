import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Features, ImageEmbedder } from 'kindred'
import { describe, expect, it } from 'vitest'
import { golden, modelFolders, picture } from '../encode/media-folders.js'
import { json, kindred, workFolder } from './run.js'

const { path, write } = workFolder()
const photos = path('photos')
mkdirSync(join(photos, 'more'), { recursive: true })
copyFileSync(picture('wide.png'), join(photos, '12.png'))
copyFileSync(picture('tall.jpg'), join(photos, '7.jpg'))
copyFileSync(picture('truncated.jpg'), join(photos, '30.jpg'))
copyFileSync(picture('grey.png'), join(photos, 'more', 'grey.png'))

describe('kindred embed --images', () => {
  it('takes files and folders, whose items are named by their files', async () => {
    const out = path('files')
    const said = await json([
      'embed',
      '--images',
      join(photos, '12.png'),
      join(photos, '7.jpg'),
      join(photos, '30.jpg'),
      '--out',
      out,
    ])
    expect(said).toMatchObject({ items: 2, dims: 1258, pictures: { items: 3, embedded: 2, missing: 0 } })
    expect(said.pictures.failed).toMatchObject([{ id: 30, code: 'ERR_DATA' }])
    const features = await Features.load(out)
    expect([...features.ids]).toEqual([12, 7])
    const images = await ImageEmbedder.load()
    expect(features.vector(7)).toEqual((await images.embed([picture('tall.jpg')])).vectors.row(0))
    const { code, stdout } = await kindred(['embed', '--images', photos, '--out', path('folder')])
    expect(code).toBe(0)
    expect(stdout).toMatch(/3 pictures -> 1258 dimensions.*\n.*failed: 1.*\n.*30.*ERR_DATA/s)
    expect([...(await Features.load(path('folder'))).ids].sort()).toEqual(['12', '7', 'more/grey'])
  })

  it('says what is wrong with names and templates', async () => {
    const twice = await kindred([
      ...['embed', '--images', photos, join(photos, 'more', 'grey.png'), join(photos, 'more')],
      ...['--out', path('twice')],
    ])
    expect(twice.stderr).toMatch(/grey\.png and .*grey\.png: items are named by their files.*"grey".*ERR_DUPLICATE/)
    const items = write('named.csv', 'sku\n12\n')
    const folder = await kindred(['embed', '--images', photos, '--items', items, '--id', 'sku', '--out', path('no')])
    expect(folder).toMatchObject({ code: 2, stderr: expect.stringContaining('one template of the path') })
    const one = await kindred(['embed', '--images', join(photos, '12.png'), '--out', path('one')])
    expect(one.stdout).toMatch(/^1 picture -> 1258 dimensions/)
  })

  it('takes the items of a table, with the path as a template', async () => {
    const items = write('items.csv', 'sku,picture\na,12.png\nb,\nc,nowhere.png\nd,more/grey.png\n')
    const said = await json([
      'embed',
      '--images',
      `${photos}/{picture}`,
      '--items',
      items,
      '--id',
      'sku',
      '--out',
      path('table'),
    ])
    expect(said).toMatchObject({ items: 2, pictures: { items: 4, embedded: 2 } })
    expect(said.pictures.failed.map(({ id }: { id: string }) => id)).toEqual(['b', 'c'])
    expect([...(await Features.load(path('table'))).ids]).toEqual(['a', 'd'])
  })

  it('takes a vision model', async () => {
    const { config } = golden.pictures.find(({ processor }) => processor === 'clip')!
    const encoder = modelFolders().make('vision.onnx', { 'preprocessor_config.json': config })
    const said = await json(['embed', '--images', photos, '--encoder', encoder, '--out', path('model')])
    expect(said).toMatchObject({ items: 3, dims: 6 })
  })

  it.each<[string, string[], number, RegExp]>([
    ['options of texts', ['--images', photos, '--text', '{t}'], 2, /--text: of texts/],
    ['truncation', ['--images', photos, '--truncation', 'error'], 2, /--truncation: of texts/],
    ['ids without items', ['--images', photos, '--id', 'x'], 2, /--id: of --items/],
    ['options of tables', ['--images', photos, '--delimiter', ';'], 2, /--delimiter: of --items/],
    ['dtype without a model', ['--images', photos, '--dtype', 'fp16'], 2, /--dtype: of --encoder/],
    ['two templates', ['--images', 'a', 'b', '--items', 'i.csv', '--id', 'id'], 2, /one template/],
    ['neither texts nor pictures', ['--items', 'i.csv'], 2, /--items, --id and --text are needed, or --images/],
    ['no such folder', ['--images', path('nowhere')], 1, /no such file/],
    ['a folder without pictures', ['--images', 'lib/cli'], 1, /there are no pictures/],
    ['pictures that all fail', ['--images', join(photos, '30.jpg')], 1, /none of 1 items.*cannot be decoded/],
  ])('refuses %s', async (_, args, expected, message) => {
    const { code, stderr } = await kindred(['embed', ...args, '--out', path('refused')])
    expect(stderr).toMatch(message)
    expect(code).toBe(expected)
    expect(readdirSync(path('.'))).not.toContain('refused')
  })
})
