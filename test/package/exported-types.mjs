// Every type that a declaration of the package's root mentions is exported from the root too, so that users can name it.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import ts from 'typescript-5.6'

const require = createRequire(import.meta.url)
const root = require.resolve('kindred').replace(/index\.js$/, '')
const program = ts.createProgram([`${root}index.d.ts`], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
})
const checker = program.getTypeChecker()

const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)
const rootModule = checker.getSymbolAtLocation(program.getSourceFile(`${root}index.d.ts`))
const exported = new Map(checker.getExportsOfModule(rootModule).map((symbol) => [resolved(symbol), symbol.name]))
assert.ok(exported.size > 100, `expected the package's exports but found ${exported.size}`)

/** The name of a type that `node` refers to, or undefined. */
function typeNameOf(node) {
  if (ts.isTypeReferenceNode(node)) return node.typeName
  if (ts.isExpressionWithTypeArguments(node)) return node.expression
  if (ts.isTypeQueryNode(node)) return node.exprName
  return ts.isImportTypeNode(node) ? node.qualifier : undefined
}

const missing = new Set()
function visit(node, owner) {
  const name = typeNameOf(node)
  const symbol = name && checker.getSymbolAtLocation(name)
  const target = symbol && resolved(symbol)
  const isOurs = target?.declarations?.some(
    (declaration) =>
      declaration.getSourceFile().fileName.startsWith(root) && !ts.isTypeParameterDeclaration(declaration),
  )
  if (isOurs && !exported.has(target)) missing.add(`${owner} mentions ${target.name}`)
  ts.forEachChild(node, (child) => visit(child, owner))
}
for (const [symbol, name] of exported) for (const declaration of symbol.declarations ?? []) visit(declaration, name)
assert.deepEqual([...missing], [], 'types that are mentioned but not exported')
