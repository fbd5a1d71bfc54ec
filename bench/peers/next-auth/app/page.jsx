export default function Page() {
  return <p>next-auth</p>;
}
