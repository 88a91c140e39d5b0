/** An error whose message is for the user; everything else is answered with "internal error". */
export class UserError extends Error {
  constructor(
    message: string,
    readonly status: 400 | 401 | 403 | 404 | 409 = 400,
  ) {
    super(message);
    this.name = "UserError";
  }
}
