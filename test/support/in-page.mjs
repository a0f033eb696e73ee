// What tests of pages look at, as functions that run in the page.

/** The least contrast of a text with what is behind it (WCAG 2.2, relative luminance). */
export function leastContrast() {
  const luminance = (color) => {
    const parts = color.match(/[\d.]+/g).slice(0, 3)
    const [r, g, b] = parts.map((part) => {
      const value = Number(part) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)]
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
  }
  const ground = getComputedStyle(document.querySelector('.history-ground')).fill
  const texts = [...document.querySelectorAll('svg text')].map((text) => contrast(getComputedStyle(text).fill, ground))
  const cells = [...document.querySelectorAll('h1, caption, th, td')].map((cell) =>
    contrast(getComputedStyle(cell).color, getComputedStyle(document.body).backgroundColor),
  )
  const lines = [...document.querySelectorAll('.line')].map((line) => contrast(getComputedStyle(line).stroke, ground))
  return { texts: Math.min(...texts, ...cells), lines: Math.min(...lines) }
}

/** Texts of the charts that lie over one another or beyond the picture. */
export function misplaced() {
  const svg = document.querySelector('svg').getBoundingClientRect()
  const boxes = [...document.querySelectorAll('svg text')].map((text) => ({
    text: text.textContent,
    box: text.getBoundingClientRect(),
  }))
  const outside = boxes.filter(
    ({ box }) => box.left < svg.left || box.right > svg.right || box.top < svg.top || box.bottom > svg.bottom,
  )
  const over = boxes.flatMap((a, n) =>
    boxes
      .slice(n + 1)
      .filter(
        (b) =>
          a.box.left < b.box.right && b.box.left < a.box.right && a.box.top < b.box.bottom && b.box.top < a.box.bottom,
      )
      .map((b) => `${a.text} / ${b.text}`),
  )
  return [...outside.map(({ text }) => text), ...over]
}

/** The first point and the last of the first line, and its width. */
export function firstLine() {
  const path = document.querySelector('path.line')
  const [first, last] = [0, path.getTotalLength()].map((at) => path.getPointAtLength(at))
  return { first: { x: first.x, y: first.y }, last: { x: last.x, y: last.y }, width: path.getBBox().width }
}

export const background = () => getComputedStyle(document.body).backgroundColor
export const scrollWidth = () => document.documentElement.scrollWidth
export const rootTag = () => document.documentElement.tagName

/** The least contrast of any text with the ground that it stands on (WCAG 2.2, relative luminance). */
export function leastTextContrast() {
  const rgb = (color) => {
    const parts = color.match(/-?[\d.]+/g).map(Number)
    // color-mix gives color(srgb r g b), of shares.
    return color.startsWith('color') ? parts.slice(0, 3).map((share) => 255 * share) : parts
  }
  const luminance = (color) => {
    const [r, g, b] = rgb(color)
      .slice(0, 3)
      .map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor
      if (color !== 'rgba(0, 0, 0, 0)') return color
    }
    return 'rgb(255, 255, 255)'
  }
  const own = [...document.body.querySelectorAll('*')].filter((element) =>
    [...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim() !== ''),
  )
  const shown = own.filter((element) => !(element instanceof SVGElement))
  return Math.min(
    ...shown.map((element) => {
      const [x, y] = [luminance(getComputedStyle(element).color), luminance(ground(element))]
      return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
    }),
  )
}

/** Texts that stick out of the card, or of the page, that they stand in; what scrolls is left out. */
export function beyond() {
  const out = []
  for (const element of document.querySelectorAll('h1, h2, h3, p, li, dt, dd, span, figcaption')) {
    if (element.closest('.scroll') !== null || element.textContent.trim() === '') continue
    const box = element.getBoundingClientRect()
    const room = (element.closest('.card') ?? document.body).getBoundingClientRect()
    if (box.right > room.right + 1 || box.left < room.left - 1) out.push(element.textContent.slice(0, 60))
  }
  return out
}
