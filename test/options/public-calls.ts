import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { API, type Checker, SignatureKind, SymbolFlags, type Type } from 'typescript/unstable/sync'

/** A public function, constructor or method as dist/index.d.ts declares it, its overloads together. */
export interface PublicCall {
  /** For example 'evaluate', 'new EASE', 'Matrix.read' or 'EASE#fit'. */
  name: string
  owner: string
  kind: 'function' | 'new' | 'static' | 'method'
  method: string
  overloads: {
    /** Names of the parameters. */
    parameters: string[]
    /** Type of each parameter, as TypeScript prints it. */
    types: string[]
    /** Names of the options in the type of the parameter `options`; undefined where there is no such parameter. */
    options: string[] | undefined
    isPromise: boolean
  }[]
}

/** The names of the properties of a type, of all members of a union together. */
function propertiesOf(checker: Checker, type: Type): string[] {
  const parts = type.isUnionType() ? type.getTypes() : [type]
  const names = new Set<string>()
  for (const part of parts) for (const property of checker.getPropertiesOfType(part)) names.add(property.name)
  return [...names].sort()
}

function overloadsOf(checker: Checker, type: Type, kind: SignatureKind): PublicCall['overloads'] {
  return checker.getSignaturesOfType(type, kind).map((signature) => {
    const parameters = signature.getParameters()
    const types = parameters.map((parameter) => checker.getNonNullableType(checker.getTypeOfSymbol(parameter)!)!)
    const at = parameters.findIndex(({ name }) => name === 'options')
    return {
      parameters: parameters.map(({ name }) => name),
      types: types.map((one) => checker.typeToString(one)),
      options: at < 0 ? undefined : propertiesOf(checker, types[at]!),
      isPromise: checker.typeToString(checker.getReturnTypeOfSignature(signature)!).startsWith('Promise<'),
    }
  })
}

function membersOf(checker: Checker, owner: string, type: Type, kind: 'static' | 'method'): PublicCall[] {
  return checker.getPropertiesOfType(type).flatMap(({ name: method, ...symbol }) => {
    const member = checker.getPropertyOfType(type, method)
    if (member === undefined || !(symbol.flags & (SymbolFlags.Method | SymbolFlags.Function))) return []
    const overloads = overloadsOf(checker, checker.getTypeOfSymbol(member)!, SignatureKind.Call)
    return [{ name: `${owner}${kind === 'static' ? '.' : '#'}${method}`, owner, kind, method, overloads }]
  })
}

/** Every public call of the package's root. */
export function publicCalls(): PublicCall[] {
  const dir = mkdtempSync(join(tmpdir(), 'kindred-types-'))
  const root = resolve('dist/index.d.ts')
  const config = join(dir, 'tsconfig.json')
  const compilerOptions = {
    module: 'NodeNext',
    strict: true,
    lib: ['ES2023', 'ESNext.Disposable'],
    typeRoots: [resolve('node_modules/@types')],
    types: ['node'],
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [root] }))
  const api = new API({ cwd: dir })
  try {
    const { program, checker } = api.updateSnapshot({ openProjects: [config] }).getProject(config)!
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(root)!)!)
    return exported.flatMap((symbol): PublicCall[] => {
      const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const { name } = symbol
      if (!(target.flags & SymbolFlags.Value)) return []
      const type = checker.getTypeOfSymbol(target)!
      if (!(target.flags & SymbolFlags.Class))
        return [
          {
            name,
            owner: name,
            kind: 'function',
            method: name,
            overloads: overloadsOf(checker, type, SignatureKind.Call),
          },
        ]
      const constructors = overloadsOf(checker, type, SignatureKind.Construct)
      return [
        { name: `new ${name}`, owner: name, kind: 'new', method: 'new', overloads: constructors },
        ...membersOf(checker, name, type, 'static'),
        ...membersOf(checker, name, checker.getDeclaredTypeOfSymbol(target), 'method'),
      ]
    })
  } finally {
    api.close()
    rmSync(dir, { recursive: true })
  }
}
