// One call for every bundler: node bundlers.mjs ENTRY esm|cjs FILE BUNDLER [ours], kindred neither external nor otherwise
// mentioned; with `ours` the bundler takes the package's own code, as settings do that leave out the condition "module".
import { basename, dirname, join } from 'node:path'

const [entry, format, file, bundler, ours] = process.argv.slice(2)
const isEsm = format === 'esm'

/** What cannot be bundled at all. */
const ADDONS = /^(@duckdb\/|onnxruntime-node|sharp$)/

/** For bundlers that always set the condition "module". */
const toOwnCode = {
  name: 'to-own-code',
  enforce: 'pre',
  resolveId: (id) =>
    /^kindred/.test(id) ? join(process.cwd(), 'node_modules', 'kindred', 'dist', id.slice(8), 'index.mjs') : null,
}

const bundlers = {
  async esbuild() {
    const { build } = await import('esbuild')
    const own = ours ? { conditions: ['node'], external: ['@duckdb/*', 'sharp'] } : {}
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format,
      outfile: file,
      logLevel: 'warning',
      ...own,
    })
  },

  async rollup() {
    const { rollup } = await import('rollup')
    const { default: commonjs } = await import('@rollup/plugin-commonjs')
    const { default: resolve } = await import('@rollup/plugin-node-resolve')
    // The client of Redis reads its own package.json.
    const { default: json } = await import('@rollup/plugin-json')
    const external = ours ? [/^node:/, ADDONS] : [/^node:/]
    const plugins = [ours && toOwnCode, resolve({ preferBuiltins: true }), commonjs(), ours && json()]
    const bundle = await rollup({ input: entry, external, plugins })
    // One file, though the package's own code imports the tokenizer when it is wanted.
    await bundle.write({ file, format: isEsm ? 'es' : 'cjs', inlineDynamicImports: ours })
  },

  async vite() {
    const { build } = await import('vite')
    const output = { format: isEsm ? 'es' : 'cjs', entryFileNames: basename(file) }
    await build({
      configFile: false,
      logLevel: 'warn',
      ssr: { noExternal: true, external: ours ? ['@duckdb/node-api', 'sharp'] : [] },
      plugins: [ours && toOwnCode],
      build: { ssr: entry, outDir: dirname(file), rollupOptions: { output } },
    })
  },

  async webpack() {
    const { default: webpack } = await import('webpack')
    const own = ours ? { resolve: { conditionNames: ['node', 'import', 'require'] }, externals: [ADDONS] } : {}
    const module = isEsm ? { experiments: { outputModule: true } } : {}
    const output = { path: dirname(file), filename: basename(file), ...(isEsm && { library: { type: 'module' } }) }
    const options = {
      mode: ours ? 'none' : 'production',
      target: 'node',
      entry,
      output,
      externalsType: isEsm ? 'module' : 'commonjs',
    }
    await new Promise((resolve, reject) => {
      webpack({ ...options, ...module, ...own }, (error, stats) => {
        if (error ?? stats.hasErrors()) reject(error ?? new Error(stats.toString({ colors: false })))
        else resolve()
      })
    })
  },
}

await bundlers[bundler]()
