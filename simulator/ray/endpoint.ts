/** How to reach a cluster's dashboard. */
export interface Endpoint {
  /** `http://127.0.0.1:8265`, without a slash at its end. */
  address: string;
  token: string | null;
}
