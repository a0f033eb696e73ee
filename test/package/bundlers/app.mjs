import { AlternatingLeastSquares, KindredError, loadModel, TextEmbedder } from 'kindred'
import { Interactions } from 'kindred/data'
import { pipeline } from './pipeline.mjs'

pipeline({ AlternatingLeastSquares, KindredError, loadModel, TextEmbedder }, { Interactions })
