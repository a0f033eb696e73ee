import kindred = require('kindred')

export const model: kindred.Recommender = new kindred.Popularity()
