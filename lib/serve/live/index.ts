export {
  LiveModel,
  type LiveModelCounts,
  type LiveModelOptions,
  type OpenLiveModelOptions,
  type RefitFunction,
  type SwapOptions,
} from './live-model.js'
