/** The QMP-backed driver. @module */
export { createQemuDriver } from './factory.ts'
