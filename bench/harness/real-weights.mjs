import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { real } from './real.mjs'

/** A folder with the weights of an ONNX model as model.safetensors; false where `python` cannot make it. */
export function realWeights(model, folder, python) {
  const script = join(real, 'models/make-safetensors.py')
  mkdirSync(folder)
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    if (existsSync(join(model, name))) symlinkSync(join(model, name), join(folder, name))
  try {
    execFileSync(python, [script, join(model, 'onnx/model.onnx'), join(folder, 'model.safetensors')], { stdio: 'pipe' })
    return true
  } catch {
    rmSync(folder, { recursive: true })
    return false
  }
}
