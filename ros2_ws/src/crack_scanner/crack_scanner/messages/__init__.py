"""ROS messages to arrays, cameras and poses, whoever has deserialised them: no ROS is imported here."""
