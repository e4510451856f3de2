/** A value that was clicked, and the menu of what can be done with it: one menu for a whole list. */
import type { NarrowName } from './filters.js';

export interface PivotValue {
  readonly name: NarrowName;
  readonly value: string;
  readonly anchor: HTMLElement;
}

class Pivot {
  asked = $state.raw<PivotValue>();

  ask(name: NarrowName, value: string, anchor: HTMLElement): void {
    this.asked = { name, value, anchor };
  }
}

export const pivot = new Pivot();

/** Where a value of this kind stands in events; several paths: any of them. */
export const EVENT_PATHS: Readonly<Partial<Record<NarrowName, readonly string[]>>> = {
  host: ['host.name'],
  user: ['user.name'],
  sourceIp: ['source.ip', 'destination.ip'],
  destinationIp: ['source.ip', 'destination.ip'],
  clientIp: ['source.ip', 'client.ip'],
};
/** Where it stands in alerts. */
export const ALERT_PATHS: Readonly<Partial<Record<NarrowName, readonly string[]>>> = {
  host: ['host'],
  user: ['user'],
  sourceIp: ['sourceIp', 'destinationIp', 'clientIp'],
  destinationIp: ['sourceIp', 'destinationIp', 'clientIp'],
  clientIp: ['sourceIp', 'destinationIp', 'clientIp'],
};
