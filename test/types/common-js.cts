// CommonJS sees the same types as ES modules do.
import kindred = require('kindred')
import models = require('kindred/models')

export const model: kindred.Recommender = new kindred.Popularity()
export const same: kindred.AlternatingLeastSquares = new models.AlternatingLeastSquares({ factors: 8 })
export const evaluated: Promise<kindred.Evaluation> = kindred.evaluate(model, kindred.Interactions.from([]))
