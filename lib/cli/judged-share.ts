/** The share of the rows of users unknown to the model that is judged, as in Liang et al. 2018. */
export const JUDGED_SHARE = 0.2
