import type { DomainOtherDeviceDef } from '../../../xml/index.ts'
import { keptChild } from './rest.ts'

/** Gives the model of a device: of its attribute, or of video its element. */
export function modelOf(device: DomainOtherDeviceDef): string | undefined {
  return device.model ?? keptChild(device, 'model')?.attributes.get('type')
}
