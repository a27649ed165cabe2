"""Files of recorded ROS messages, read without ROS."""
