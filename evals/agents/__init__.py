"""What users ask of an agent that has Alarum, and whether what they meant is what is kept afterwards."""
