import { expect, it } from 'vitest'
import { anchors, brokenLinks } from './links.js'
import { exists, PAGES, read } from './repository.js'

it.each([...PAGES, 'assets/encoder/MODEL_CARD.md'])('the links of %s lead somewhere', (page) => {
  expect(brokenLinks(page, read, exists)).toEqual([])
})

it('every guide can be reached from the README', () => {
  const reached = new Set(['README.md'])
  for (const page of reached)
    for (const [, target] of read(page).matchAll(/\]\(([\w./-]+\.md)/g)) {
      const path = new URL(target!, `file:///${page}`).pathname.slice(1)
      if (PAGES.includes(path)) reached.add(path)
    }
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([])
})

it('the check finds missing pages and anchors', () => {
  const pages: Record<string, string> = {
    'docs/a.md':
      '# The `A`, a page\n\n[b](b.md#two-words) [b](b.md#three) [c](../c.md) [self](#the-a-a-page) [web](https://x.y/#z)\n',
    'docs/b.md': '## Two words\n\n```text\n## three\n```\n',
  }
  expect(anchors(pages['docs/a.md']!)).toEqual(['the-a-a-page'])
  expect(anchors('# A\n\n# A\n')).toEqual(['a', 'a-1'])
  expect(
    brokenLinks(
      'docs/a.md',
      (path) => pages[path]!,
      (path) => path in pages,
    ),
  ).toEqual(['docs/b.md#three', 'c.md#'])
})
