"""The corosync.conf of a cluster (corosync.conf(5))."""

from . import network


def text(name, nodes, quorum, log):
    entries = "\n".join(
        f"  node {{\n    nodeid: {node[1:]}\n    name: {node}\n"
        f"    ring0_addr: {network.address(node)}\n  }}"
        for node in nodes
    )
    options = "".join(f"\n  {option}" for option in quorum)
    # token: a failure is noticed after about two seconds. sched_rr and knet's privileged handle need
    # rights that a user's namespace does not give.
    return f"""totem {{
  version: 2
  cluster_name: {name}
  transport: knet
  token: 1000
  token_coefficient: 0
}}
quorum {{
  provider: corosync_votequorum{options}
}}
nodelist {{
{entries}
}}
system {{
  sched_rr: no
  allow_knet_handle_fallback: yes
}}
logging {{
  to_stderr: no
  to_syslog: no
  to_logfile: yes
  logfile: {log}
  timestamp: hires
}}
"""
