import { checkNumber } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** A place on Earth, in degrees: [latitude, longitude]. */
export type LatLon = readonly [number, number]

/** Mean radius of the Earth in kilometres (IUGG). */
const RADIUS = 6371.0088
const RADIANS = Math.PI / 180
const BASE32 = '0123456789bcdefghjkmnpqrstuvwxyz'

/** Whether these are degrees of a place. */
export function isPlace(latitude: number, longitude: number): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
}

/** `point` if it is a place. @throws ERR_VALUE */
export function checkPlace(name: string, point: unknown): LatLon {
  if (!Array.isArray(point) || point.length !== 2)
    throw new KindredError('ERR_VALUE', `${name}: expected [latitude, longitude] but received ${show(point)}.`)
  return [
    checkNumber(`${name}[0]`, point[0], { min: -90, max: 90 }),
    checkNumber(`${name}[1]`, point[1], { min: -180, max: 180 }),
  ]
}

/** The place on a sphere of radius 1: x, y, z, put at `at`. Near places are near, also over the date line and the poles. */
export function putOnSphere(latitude: number, longitude: number, out: Float32Array, at: number): void {
  const [phi, lambda] = [latitude * RADIANS, longitude * RADIANS]
  out[at] = Math.cos(phi) * Math.cos(lambda)
  out[at + 1] = Math.cos(phi) * Math.sin(lambda)
  out[at + 2] = Math.sin(phi)
}

/** Kilometres between two places on the sphere (haversine formula). */
export function distanceKm(latitude: number, longitude: number, [toLatitude, toLongitude]: LatLon): number {
  const dPhi = Math.sin(((toLatitude - latitude) * RADIANS) / 2)
  const dLambda = Math.sin(((toLongitude - longitude) * RADIANS) / 2)
  const a = dPhi * dPhi + Math.cos(latitude * RADIANS) * Math.cos(toLatitude * RADIANS) * dLambda * dLambda
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(a)))
}

/** The geohash cell of a place (Niemeyer 2008), of `precision` characters: 5 are about 5 km, 6 about 1 km wide. */
export function geohash(latitude: number, longitude: number, precision: number): string {
  let [south, north, west, east] = [-90, 90, -180, 180]
  let text = ''
  for (let bit = 0, value = 0; text.length < precision; bit++) {
    if (bit % 2 === 0) {
      const middle = (west + east) / 2
      if (longitude >= middle) west = middle
      else east = middle
      value = 2 * value + (longitude >= middle ? 1 : 0)
    } else {
      const middle = (south + north) / 2
      if (latitude >= middle) south = middle
      else north = middle
      value = 2 * value + (latitude >= middle ? 1 : 0)
    }
    if (bit % 5 === 4) {
      text += BASE32[value]
      value = 0
    }
  }
  return text
}
