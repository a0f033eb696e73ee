import { fakeGpu } from '../support/fake-cuda.js'
import { computeSuite } from './compute-suite.js'

computeSuite(fakeGpu)
