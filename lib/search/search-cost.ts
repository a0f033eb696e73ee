/**
 * The most work of a search that is done on the calling thread, in products of two numbers: 60 to 150 us. The way to
 * another thread and back takes 15 us.
 */
const MOST_PRODUCTS = 2 ** 20

/** What each row scanned, each place of a list and each place left empty cost beside the products. */
const PRODUCTS_OF_ROW = 8
const PRODUCTS_OF_PLACE = 2048
const PRODUCTS_OF_EMPTY_PLACE = 32

/** Whether a search is so small that it is done at once, on the calling thread. */
export function isSmallSearch(queries: number, k: number, rows: number, dims: number): boolean {
  const filled = Math.min(k, rows)
  const perQuery = rows * (dims + PRODUCTS_OF_ROW) + filled * PRODUCTS_OF_PLACE + (k - filled) * PRODUCTS_OF_EMPTY_PLACE
  return queries * perQuery <= MOST_PRODUCTS
}
