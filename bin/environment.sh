# Makes the environment of crack_scanner: `source bin/environment.sh`. Builds what is missing, once. Besides the
# runtime, CRACK_SCANNER_GROUPS may name "development" (tests, lint, types), "training" (TensorFlow), "viewing"
# (Rerun), "batch" (Dask) and "peers" (what `benchmark` compares with).
# Afterwards `python -m crack_scanner.cli`, `python -m crack_scanner.nodes.tiling_node`, pytest ... just work.

crack_scanner_fail() {
    echo "crack_scanner: error: $1" >&2
    exit 1
}

# ROS 2 Jazzy as sourced in this shell, or as wheels in .venv.
crack_scanner_platform() {
    local prefix
    [[ -z ${ROS_DISTRO-} ]] && { echo wheels; return; }
    if [[ $ROS_DISTRO != jazzy ]]; then
        crack_scanner_fail "ROS 2 $ROS_DISTRO is sourced, ROS 2 jazzy is needed: source it instead, or start from a shell without any ROS"
    fi
    while IFS= read -r -d : prefix; do
        [[ -e $prefix/share/ament_index/resource_index/packages/rclpy ]] && { echo sourced; return; }
    done <<<"${AMENT_PREFIX_PATH-}:"
    echo wheels
}

# What a group was built from, as one hash: other files, another place or another ROS make another environment.
crack_scanner_key() {
    local procedure=1  # Raised when prepare_environment.py builds the same inputs into something else.
    local files=("$CRACK_SCANNER_ROOT"/requirements/{runtime,ros,"$1"}.lock)
    local interfaces="$CRACK_SCANNER_ROOT/ros2_ws/src/crack_scanner_interfaces"
    [[ $1 == runtime ]] && files+=("$interfaces"/{package.xml,CMakeLists.txt} "$interfaces"/{msg,srv}/*)
    { echo "$procedure $CRACK_SCANNER_PLATFORM $CRACK_SCANNER_ROOT"; cat "${files[@]}"; } | sha256sum
}

crack_scanner_is_ready() {
    [[ -x $CRACK_SCANNER_VENV/bin/python && -r $CRACK_SCANNER_VENV/stamps/$1 ]] || return 1
    [[ $(crack_scanner_key "$1") == "$(<"$CRACK_SCANNER_VENV/stamps/$1")" ]]
}

crack_scanner_find_python() {
    local candidate found
    local PATH=${PATH//"$CRACK_SCANNER_VENV/bin:"/}  # Never the environment that is about to be replaced.
    local -a candidates=(python3 python3.12 python3.11 python3.13 python3.10)
    [[ $CRACK_SCANNER_PLATFORM == sourced ]] && candidates=(python3 /usr/bin/python3)
    [[ -n ${CRACK_SCANNER_PYTHON-} ]] && candidates=("$CRACK_SCANNER_PYTHON")
    for candidate in "${candidates[@]}"; do
        "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
        if [[ $CRACK_SCANNER_PLATFORM == sourced ]]; then
            "$candidate" -c 'import rclpy' 2>/dev/null || continue
        fi
        echo "$candidate"
        return
    done
    if [[ $CRACK_SCANNER_PLATFORM == sourced ]]; then
        crack_scanner_fail "ROS 2 jazzy is sourced but ${candidates[0]} cannot import rclpy: put the Python that ROS was built for (/usr/bin/python3) first in PATH, or name it in CRACK_SCANNER_PYTHON"
    fi
    found=$("${candidates[0]}" --version 2>&1) || found="not found"
    crack_scanner_fail "${candidates[0]} is ${found#Python }, Python 3.10 to 3.13 is needed: install one (on Debian and Ubuntu: sudo apt install python3 python3-venv python3-dev), or name it in CRACK_SCANNER_PYTHON"
}

crack_scanner_prepare() {
    local group python
    for group in runtime ${CRACK_SCANNER_GROUPS-}; do
        crack_scanner_is_ready "$group" && continue
        python=$(crack_scanner_find_python) || return 1
        "$python" "$CRACK_SCANNER_ROOT/bin/prepare_environment.py" \
            --root "$CRACK_SCANNER_ROOT" --platform "$CRACK_SCANNER_PLATFORM" \
            --group "$group" --key "$(crack_scanner_key "$group")" || return 1
    done
}

crack_scanner_export() {
    local site=("$CRACK_SCANNER_VENV"/lib/python3.*/site-packages)
    local overlay="$CRACK_SCANNER_VENV/interfaces"
    local packages="$overlay/lib/$(basename "$(dirname "${site[0]}")")/site-packages"
    local source="$CRACK_SCANNER_ROOT/ros2_ws/src/crack_scanner"
    export PATH="$CRACK_SCANNER_VENV/bin:$PATH"
    if [[ $CRACK_SCANNER_PLATFORM == wheels ]]; then
        local IFS=:
        local libraries=("$site"/ros_*.libs)
        export AMENT_PREFIX_PATH="$overlay:$CRACK_SCANNER_VENV" CMAKE_PREFIX_PATH="$overlay:$CRACK_SCANNER_VENV"
        # Nothing from outside: a PYTHONPATH of another Python or ROS would shadow the pinned packages.
        export PYTHONPATH="$source:$packages"
        export LD_LIBRARY_PATH="$overlay/lib:$CRACK_SCANNER_VENV/lib:${libraries[*]}"
        export RMW_IMPLEMENTATION=rmw_fastrtps_cpp
        # Without it the wheels' start-up hook starts Python a second time to set LD_LIBRARY_PATH.
        export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
    else
        export PYTHONPATH="$source:$packages:${PYTHONPATH-}"
        if [[ -d $overlay ]]; then
            export AMENT_PREFIX_PATH="$overlay:$AMENT_PREFIX_PATH" LD_LIBRARY_PATH="$overlay/lib:${LD_LIBRARY_PATH-}"
        fi
        export RMW_IMPLEMENTATION=${RMW_IMPLEMENTATION:-rmw_fastrtps_cpp}
    fi
    export FASTRTPS_DEFAULT_PROFILES_FILE=${FASTRTPS_DEFAULT_PROFILES_FILE:-$source/config/fastdds.xml}
    export ROS_AUTOMATIC_DISCOVERY_RANGE=${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}
    # Libraries that chatter on standard error; our own lines say what the user needs.
    export GLOG_minloglevel=${GLOG_minloglevel:-2} TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-2}
    export OPENCV_LOG_LEVEL=${OPENCV_LOG_LEVEL:-SILENT} OPENCV_FFMPEG_LOGLEVEL=${OPENCV_FFMPEG_LOGLEVEL:--8}
    export RUST_LOG=${RUST_LOG:-off}  # Rerun; that a viewer is gone is said by the scan.
    # ROS writes its log files below HOME, and fails to start where it cannot.
    [[ -w ${HOME-} ]] || export ROS_HOME=${ROS_HOME:-${TMPDIR:-/tmp}/crack_scanner_ros}
}

export CRACK_SCANNER_ROOT
CRACK_SCANNER_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export CRACK_SCANNER_VENV="$CRACK_SCANNER_ROOT/.venv"
CRACK_SCANNER_PLATFORM=$(crack_scanner_platform) || return 1
crack_scanner_prepare || return 1
crack_scanner_export
