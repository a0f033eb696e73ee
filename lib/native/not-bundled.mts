// The first import of the package's ES modules. In a bundle of ES modules the code behind them cannot even start: it takes
// modules of Node by `require`, and where that is missing, each bundler words the failure in its own way.
import { bundledError } from './bundled-error.js'

if (import.meta.url && !/\/dist\/native\/not-bundled\.mjs(?:[?#]|$)/.test(import.meta.url))
  throw bundledError('kindred runs inside a bundle')
