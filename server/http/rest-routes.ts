import type { Operation } from "@/server/core/operation";
import * as pools from "@/server/modules/addresses/pools.service";
import * as addresses from "@/server/modules/addresses/service";
import * as apiKeys from "@/server/modules/api-keys/service";
import * as audit from "@/server/modules/audit/service";
import * as expiry from "@/server/modules/devices/expiry.service";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as limit from "@/server/modules/devices/limit.service";
import * as devices from "@/server/modules/devices/service";
import * as enrolment from "@/server/modules/enrolment/service";
import * as gateways from "@/server/modules/gateways/service";
import * as members from "@/server/modules/groups/members.service";
import * as groups from "@/server/modules/groups/service";
import * as passwords from "@/server/modules/identity/passwords.service";
import * as users from "@/server/modules/identity/service";
import * as access from "@/server/modules/policies/access.service";
import * as graph from "@/server/modules/policies/graph.service";
import * as policyPreview from "@/server/modules/policies/preview.service";
import * as reach from "@/server/modules/policies/reach.service";
import * as policies from "@/server/modules/policies/service";
import * as policyTests from "@/server/modules/policies/tests.service";
import * as sessions from "@/server/modules/sessions/service";
import * as tags from "@/server/modules/tags/service";
import * as tunnels from "@/server/modules/tunnels/service";

export interface RestRoute {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** `:name` is a member of the operation's input. */
  path: string;
  operation: Operation;
  /** One line for the OpenAPI document. */
  summary: string;
  status: 200 | 201;
}

export const REST_API = "/api/v1";

type Entry = readonly [path: string, operation: Operation, summary: string];

const route =
  (method: RestRoute["method"], status: 200 | 201 = 200) =>
  (...[path, operation, summary]: Entry): RestRoute => ({ method, path: REST_API + path, operation, summary, status });

const read = route("GET");
/** Makes something new. */
const create = route("POST", 201);
/** Does something to what the path names. */
const act = route("POST");
const replace = route("PUT");
const remove = route("DELETE");

/**
 * The REST API: each line an operation for programs with an API key. The route list, the OpenAPI document and the access
 * test are made of it. What hands out somebody's credentials, such as keys and password links, needs a person, and so does
 * what demands the password of the last five minutes (docs/sessions.md).
 */
export const restRoutes: readonly RestRoute[] = [
  read("/users", users.list, "List users"),
  create("/users", passwords.create, "Invite a user; the link to choose a password is in this answer only"),
  read("/users/:id", users.get, "Get a user"),
  act("/users/:id/suspend", users.suspend, "Suspend a user"),
  act("/users/:id/reactivate", users.reactivate, "Reactivate a suspended user"),
  read("/users/:userId/device-limit", limit.allowance, "Get how many devices a user has and may have"),
  replace("/users/:userId/device-limit", limit.setLimit, "Give a user a device limit of their own, or none"),
  read("/roles", users.listRoles, "List roles"),

  read("/groups", groups.list, "List groups"),
  create("/groups", groups.create, "Create a group"),
  read("/groups/:id", groups.get, "Get a group"),
  replace("/groups/:id", groups.update, "Change a group"),
  remove("/groups/:id", groups.remove, "Remove a group for good, and with it what it gave its members"),
  read("/groups/:id/members", members.list, "List the members of a group"),
  act("/groups/:id/members", members.add, "Put users into a group"),
  remove("/groups/:id/members/:userId", members.remove, "Take a user out of a group"),

  read("/sessions", sessions.list, "List sessions"),
  remove("/sessions/:id", sessions.revoke, "End a session"),

  read("/devices", devices.list, "List devices"),
  read("/devices/:id", devices.get, "Get a device with its keys and facts"),
  read("/devices/:id/packages", devices.packages, "List the software of a device"),
  read("/devices/:deviceId/activity", audit.deviceActivity, "List what happened to a device"),
  replace("/devices/:id/name", devices.rename, "Rename a device"),
  replace("/devices/:id/owner", devices.setOwner, "Give a device to a user, or to nobody"),
  replace("/devices/:id/tags", devices.setTags, "Replace a device's tags"),
  replace("/devices/:id/expiry", expiry.setExpiry, "Say when a device leaves the private network, or that it stays"),
  act("/devices/:id/approve", lifecycle.approve, "Approve a waiting device"),
  act("/devices/:id/reject", lifecycle.reject, "Reject a waiting device for good"),
  act("/devices/:id/suspend", lifecycle.suspend, "Suspend a device"),
  act("/devices/:id/resume", lifecycle.resume, "Resume a suspended device"),
  act("/devices/:id/quarantine", lifecycle.quarantine, "Quarantine a device"),
  act("/devices/:id/release", lifecycle.release, "Release a device from quarantine"),

  read("/enrolment-tokens", enrolment.list, "List enrolment tokens"),
  create("/enrolment-tokens", enrolment.create, "Create an enrolment token; its secret is in this answer only"),
  read("/enrolment-tokens/:id", enrolment.get, "Get an enrolment token"),
  read("/enrolment-tokens/:id/uses", enrolment.uses, "List the last uses of an enrolment token"),
  act("/enrolment-tokens/:id/revoke", enrolment.revoke, "Revoke an enrolment token"),

  read("/tags", tags.list, "List tags"),
  create("/tags", tags.create, "Create a tag"),
  replace("/tags/:id", tags.update, "Change a tag"),
  remove("/tags/:id", tags.remove, "Remove a tag from everything that carries it"),

  read("/gateways", gateways.list, "List gateways"),
  create("/gateways", gateways.create, "Set up a gateway with its address pools and the networks behind it"),
  read("/gateways/:id", gateways.get, "Get a gateway with its pools, its machine and the networks behind it"),
  replace("/gateways/:id", gateways.update, "Change a gateway and the networks behind it"),
  create(
    "/gateways/:id/enrolment-token",
    gateways.invite,
    "Make a token for the machine that becomes the gateway; its secret is in this answer only",
  ),
  remove("/gateways/:id/enrolment-token", gateways.withdraw, "Take back the gateway's tokens that could still be used"),

  read("/address-pools", pools.list, "List address pools"),
  read("/address-pools/:id", pools.get, "Get an address pool"),
  act("/address-pools/:id/resize", pools.resize, "Make an address pool larger or smaller"),
  act("/address-pools/:id/reserve", pools.reserve, "Keep a range for addresses that are assigned by hand"),
  act("/address-pools/:id/unreserve", pools.unreserve, "Let a reserved range be handed out again"),
  create("/address-pools/:id/addresses", addresses.assign, "Give a device one certain address of a pool"),
  read("/addresses", addresses.list, "List who has, or at a moment had, which address"),
  act("/addresses/:id/release", addresses.releaseOne, "Give back an address that no tunnel uses"),

  read("/policies", policies.list, "List network policies in the order they are asked"),
  create("/policies", policies.create, "Create a network policy"),
  act("/policies/preview", policyPreview.preview, "See who would gain and lose what; changes nothing"),
  read("/policies/:id", policies.get, "Get a network policy with its destinations"),
  replace("/policies/:id", policies.update, "Change a network policy"),
  remove("/policies/:id", policies.remove, "Remove a network policy"),
  read("/policy-tests", policyTests.list, "List policy tests and what comes of them now"),
  create("/policy-tests", policyTests.create, "Create a policy test"),
  replace("/policy-tests/:id", policyTests.update, "Change a policy test"),
  remove("/policy-tests/:id", policyTests.remove, "Remove a policy test"),

  read("/access/explain", access.explain, "Say whether a device, or those of a user, can reach an address, and why"),
  read("/access/reach", reach.reach, "List devices by whether they can reach an address"),
  read("/access/graph", graph.graph, "List the policies in force with whom they connect to what"),

  read("/tunnels", tunnels.list, "List tunnels"),
  create(
    "/tunnels",
    tunnels.create,
    "Give a device a tunnel for its own key; the preshared key is in this answer only",
  ),
  read("/tunnels/:id", tunnels.get, "Get a tunnel"),
  act("/tunnels/:id/extend", tunnels.extend, "Put the end of a tunnel off, or let it have none"),
  act("/tunnels/:id/revoke", tunnels.revoke, "End a tunnel for good"),

  read("/api-keys", apiKeys.list, "List everybody's API keys"),
  read("/audit", audit.list, "List what happened, newest first"),
];
