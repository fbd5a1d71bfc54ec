export { type Problem, problemOf, Refusal } from "@/components/form/problem";
