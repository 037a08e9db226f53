/** The name that a person types, and by which hints name the command to run next. */
export const PROGRAM = "vpo-backup";
