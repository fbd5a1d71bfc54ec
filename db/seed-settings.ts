import type { SettingDataType } from "./enums";

export interface SeedSetting {
  category: string;
  key: string;
  value: unknown;
  type: SettingDataType;
  /** JSON Schema of the value. */
  schema: Record<string, unknown>;
  description: string;
  isPublic?: boolean;
}

const whole = (minimum: number, maximum: number) => ({ type: "integer", minimum, maximum });
const text = (maxLength: number) => ({ type: "string", maxLength });
const flag = { type: "boolean" };

type Row = [key: string, value: unknown, schema: Record<string, unknown>, description: string];

const category = (name: string, rows: Row[], isPublic = false): SeedSetting[] =>
  rows.map(([key, value, schema, description]) => ({
    category: name,
    key,
    value,
    schema,
    description,
    isPublic,
    type: schema.type as SettingDataType,
  }));

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Every system setting with its default and its template. */
export const seedSettings: readonly SeedSetting[] = [
  ...category("organisation", [["name", "Keyward", text(100), "Name of the organisation, shown to everyone"]], true),
  ...category("session", [
    ["access_token_s", 5 * MINUTE, whole(MINUTE, 15 * MINUTE), "Life of an access token, in seconds"],
    ["idle_s", HOUR, whole(5 * MINUTE, DAY), "A session ends after so many seconds without a request"],
    ["idle_admin_s", 20 * MINUTE, whole(5 * MINUTE, DAY), "The same for administrators"],
    ["absolute_s", DAY, whole(HOUR, 30 * DAY), "A session ends after so many seconds whatever happens"],
    ["absolute_admin_s", 12 * HOUR, whole(HOUR, 30 * DAY), "The same for administrators"],
    ["remembered_s", 30 * DAY, whole(DAY, 90 * DAY), "Life of a session that is remembered, without a second factor"],
    ["step_up_s", 10 * MINUTE, whole(MINUTE, HOUR), "How long a renewed proof of identity counts"],
    ["step_up_admin_s", 5 * MINUTE, whole(MINUTE, HOUR), "The same for destructive administration"],
    ["max_per_user", 10, whole(1, 100), "Sessions of one user; one more ends the oldest"],
  ]),
  ...category("identity", [
    ["password_min_length", 15, whole(8, 128), "Shortest password that is enough on its own"],
    ["password_min_length_with_second_factor", 8, whole(8, 128), "Shortest password beside a second factor"],
    ["invitation_s", 72 * HOUR, whole(HOUR, 14 * DAY), "Life of an invitation"],
    ["password_reset_s", 15 * MINUTE, whole(5 * MINUTE, DAY), "Life of a link to choose a new password"],
    ["email_change_s", HOUR, whole(5 * MINUTE, DAY), "Life of a link that proves a new e-mail address"],
  ]),
  ...category("enrolment", [
    ["token_lifetime_s", DAY, whole(5 * MINUTE, 90 * DAY), "Life of a new enrolment token"],
    ["token_usage_limit", 1, whole(1, 1000), "Devices a new enrolment token may enrol"],
    ["token_max_lifetime_s", 90 * DAY, whole(HOUR, 90 * DAY), "Longest life an enrolment token may be given"],
    ["token_max_usage_limit", 1000, whole(1, 1000), "Most devices an enrolment token may enrol"],
    ["self_service_lifetime_s", HOUR, whole(5 * MINUTE, DAY), "Life of a token people make for their own device"],
    ["require_approval", true, flag, "New devices wait until somebody approves them"],
  ]),
  ...category("device", [
    ["checkin_interval_s", 300, whole(15, DAY), "Seconds between two check-ins of a device"],
    ["checkin_jitter_pct", 10, whole(0, 50), "How much the interval may vary, in per cent"],
    ["offline_after_intervals", 3, whole(2, 100), "Check-ins a device may miss before it is shown as offline"],
    ["key_rotation_s", 180 * DAY, whole(DAY, 730 * DAY), "Age at which a device replaces its key"],
    [
      "max_per_user",
      10,
      whole(0, 1000),
      "Devices one user may have, where neither the user nor a group says otherwise",
    ],
    [
      "lifetime_days",
      0,
      whole(0, 3650),
      "Days a person's device stays on the private network until its owner extends it; 0 is without end",
    ],
  ]),
  ...category("network", [
    ["address_quarantine_s", DAY, whole(0, 30 * DAY), "How long a released address rests before it is given out again"],
    ["gateway_max_stale_s", 7 * DAY, whole(0, 90 * DAY), "How long a gateway works on without us; 0 is for ever"],
  ]),
  ...category("audit", [
    ["activity_retention_months", 3, whole(1, 120), "Months of session activity that are kept"],
    ["run_retention_months", 1, whole(1, 120), "Months of device reports that are kept"],
  ]),
];
