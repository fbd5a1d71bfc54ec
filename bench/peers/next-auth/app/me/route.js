import { getServerSession } from "next-auth/next";
import postgres from "postgres";

export const dynamic = "force-dynamic";

const sql = postgres(process.env.DATABASE_URL ?? "", { max: 10 });

/** As much of an adapter as reading a session takes, in one statement. */
const adapter = {
  async getSessionAndUser(sessionToken) {
    const [row] = await sql`
      select s.user_id, s.expires, u.id, u.name, u.email
        from sessions s join users u on u.id = s.user_id where s.session_token = ${sessionToken}`;
    if (!row) return null;
    const { user_id: userId, expires, ...user } = row;
    return { session: { sessionToken, userId, expires }, user };
  },
};

const options = { adapter, session: { strategy: "database" }, providers: [] };

export async function GET() {
  const session = await getServerSession(options);
  return Response.json(session, { status: session ? 200 : 401 });
}
