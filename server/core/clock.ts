/** The time, as a dependency: tests inject another one. What expires is decided by the database's clock, not by this. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
