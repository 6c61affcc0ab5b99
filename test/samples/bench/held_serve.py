"""One request to a replica that health checks look after."""
from ray import serve


@serve.deployment
class Doubler:
    def __init__(self):
        print("begun: a replica", flush=True)

    def __call__(self, number):
        doubled = number * 2
        return doubled


if __name__ == "__main__":
    handle = serve.run(Doubler.bind())
    print("result:", handle.remote(21).result())
    serve.shutdown()
