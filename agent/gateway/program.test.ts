import { describe, expect, it } from "vitest";
import { isInstalled, ProgramError, run, shortened, thisMachine, tryRun } from "@/agent/gateway/program";

const failing = (script: string) => run("sh", ["-c", script]).catch((error: unknown) => error);

describe("what a failed program said", () => {
  it("is told whole while it is short", async () => {
    const error = await failing("echo doing this >&2; echo 'it cannot be done' >&2; exit 3");
    expect(error).toBeInstanceOf(ProgramError);
    expect(error).toHaveProperty("message", "sh -c: doing this\nit cannot be done");
  });

  it("is told from both ends when it is long, whether the reason comes first or last", async () => {
    const error = await failing("echo first; for n in $(seq 2000); do echo [#] step $n; done; echo the reason; exit 1");
    const { message } = error as ProgramError;
    expect(message.length).toBeLessThan(1600);
    expect(message).toMatch(/^sh -c: first\n\[#\] step 1\n/);
    expect(message).toMatch(/\n\[#\] step 2000\nthe reason$/);
    // No line of what is left is a part of one.
    for (const line of message.split("\n").slice(1, -1)) expect(line).toMatch(/^(…|\[#\] step \d+)$/);
  });

  it("is cut in its middle also where it is one line", () => {
    const text = shortened(`first ${"x".repeat(5000)} last`, 100);
    expect(text.length).toBeLessThanOrEqual(100);
    expect(text).toMatch(/^first x+\n…\nx+ last$/);
    expect(shortened("x".repeat(100), 100)).toBe("x".repeat(100));
  });

  it("is how it ended, when it said nothing, and that it is missing, when it is", async () => {
    expect(await failing("exit 7")).toHaveProperty("message", "sh -c: it ended with 7");
    await expect(run("keyward-no-such-program", [])).rejects.toThrow("is not installed on this machine");
    expect(await tryRun("sh", ["-c", "exit 1"])).toBeUndefined();
  });
});

it("a program is installed where there is one, whatever it would do", async () => {
  expect(await isInstalled(thisMachine, "false")).toBe(true);
  expect(await isInstalled(thisMachine, "keyward-no-such-program; true")).toBe(false);
});
