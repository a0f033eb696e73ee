// The library of CUDA kernels itself, built for the host.
import { emulatedGpu } from '../support/fake-cuda.js'
import { computeSuite } from './compute-suite.js'

computeSuite(emulatedGpu)
