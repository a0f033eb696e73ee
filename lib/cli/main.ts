#!/usr/bin/env node
import { backendInfo } from '../native/backend.js'

console.log(backendInfo())
