/** The location of an image or file that data may not name, and why. */
export class RefusedLocation extends Error {}
