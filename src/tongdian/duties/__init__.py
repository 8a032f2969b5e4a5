"""What is done once a day, for the day it belongs to: late if its minute was missed, never twice."""
