# SPDX-License-Identifier: MIT
# Sourced by the guest tests: QEMU's options for machines of several NUMA nodes.
#
#   guest_topology NAME   sets `topology`, the options
#
# 2nodes  two packages of one CPU
# 4nodes  two packages of two nodes each (as SNC and NPS have it), farther one way than
#         the other
# 8nodes  eight nodes of two CPUs in two packages
# arm64   two nodes of one CPU, for an arm64 guest
# tiers   two nodes with a CPU, a third of memory only (as CXL has it), and what each
#         costs from where (HMAT)

# numa_node NUMBER MIB [CPUS [INITIATOR]]
numa_node() {
    topology+=(-object "memory-backend-ram,id=m$1,size=${2}M"
        -numa "node,nodeid=$1,memdev=m$1${3:+,cpus=$3}${4:+,initiator=$4}")
}

# numa_distance FROM TO DISTANCE
numa_distance() { topology+=(-numa "dist,src=$1,dst=$2,val=$3"); }

# numa_cost INITIATOR TARGET NANOSECONDS BANDWIDTH
numa_cost() {
    local from=initiator=$1,target=$2,hierarchy=memory
    topology+=(-numa "hmat-lb,$from,data-type=access-latency,latency=$3"
        -numa "hmat-lb,$from,data-type=access-bandwidth,bandwidth=$4")
}

guest_topology() {
    local node other
    topology=()
    case $1 in
    2nodes)
        topology=(-smp "2,sockets=2" -m 1152M)
        numa_node 0 576 0
        numa_node 1 576 1
        ;;
    arm64)
        topology=(-smp 2 -m 512M)
        numa_node 0 256 0
        numa_node 1 256 1
        ;;
    4nodes)
        topology=(-smp "4,sockets=2,cores=2" -m 1G)
        for node in 0 1 2 3; do numa_node $node 256 $node; done
        numa_distance 0 1 12
        numa_distance 2 3 12
        for node in 0 1; do
            for other in 2 3; do
                numa_distance $node $other 21
                numa_distance $other $node 32
            done
        done
        # A distance for one direction holds for both unless all are given.
        for node in 0 1 2 3; do numa_distance $node $node 10; done
        numa_distance 1 0 12
        numa_distance 3 2 12
        ;;
    8nodes)
        topology=(-smp "16,sockets=2,cores=8" -m 1G)
        for node in 0 1 2 3 4 5 6 7; do numa_node $node 128 $((2 * node))-$((2 * node + 1)); done
        ;;
    tiers)
        topology=(-machine hmat=on -smp "2,sockets=2" -m 1G)
        numa_node 0 384 0
        numa_node 1 384 1
        numa_node 2 256 "" 0
        numa_distance 0 1 21
        numa_distance 0 2 17
        numa_distance 1 2 28
        numa_cost 0 0 80 200G
        numa_cost 0 1 140 100G
        numa_cost 0 2 250 50G
        numa_cost 1 0 140 100G
        numa_cost 1 1 80 200G
        numa_cost 1 2 350 30G
        topology+=(-numa "hmat-cache,node-id=0,size=64M,level=1,associativity=direct,policy=write-back,line=64")
        ;;
    esac
}
