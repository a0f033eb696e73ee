export { LiveModel } from './live-model.js'
export type {
  LiveModelCounts,
  LiveModelOptions,
  OpenLiveModelOptions,
  RefitFunction,
  SwapOptions,
} from './live-model-options.js'
