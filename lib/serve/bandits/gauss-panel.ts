/** Nodes of the Gauss-Legendre rule of 5 points on [0, 1]. */
const root = (sign: number) => Math.sqrt(5 + sign * 2 * Math.sqrt(10 / 7)) / 3
export const NODES = [-root(1), -root(-1), 0, root(-1), root(1)].map((x) => (1 + x) / 2)

/** Its weights, which sum to 1. */
const weight = (sign: number) => (322 + sign * 13 * Math.sqrt(70)) / 1800
export const WEIGHTS = [weight(-1), weight(1), 64 / 225, weight(1), weight(-1)]

/** The j-th polynomial of Lagrange over the nodes, at x. */
function lagrange(j: number, x: number): number {
  return NODES.reduce((product, node, m) => (m === j ? product : (product * (x - node)) / (NODES[j]! - node)), 1)
}

/** [5][5]: the integral from 0 to node i of a function, as a weighted sum of what it is at the nodes j (Gauss collocation). */
export const PARTIAL = NODES.map((end) =>
  NODES.map((_, j) => WEIGHTS.reduce((sum, own, m) => sum + own * end * lagrange(j, NODES[m]! * end), 0)),
)
