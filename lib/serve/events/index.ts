export type { EventInput, LogEvent, StoredEvent } from './event.js'
export { type CheckpointOptions, EventLog, type EventLogOptions } from './event-log.js'
export type { EventLogReport } from './segments.js'
