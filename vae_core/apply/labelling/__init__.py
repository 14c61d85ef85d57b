"""Classes from few labels: `features` of images, `learners` that read classes from them, `m2` that also reads images
without a label, `giving` and `draws` of labels, and what each learner makes of them.
"""
