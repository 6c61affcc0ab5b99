# /// script
# [[tool.heliostat.nodes]]
# memory = "2 bananas"
# ///
import ray
