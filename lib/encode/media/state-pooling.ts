/** From states [tokens, dims] to one vector: the first token's, or the mean. */
export type StatePooling = 'cls' | 'mean'
