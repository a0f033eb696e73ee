#!/usr/bin/env node
// Stands in for node-gyp, which prebuildify calls: builds the addon with cmake-js, whatever flags node-gyp would take.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js')
const { status } = spawnSync(process.execPath, [cmakeJs, 'compile', '--log-level', 'error'], { stdio: 'inherit' })
process.exit(status ?? 1)
